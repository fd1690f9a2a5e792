using Vector20.Machine.Vmx;
using Vector20.Proving.Actions;
using Vector20.Proving.Tests.Worlds;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Tests.Actions;

/// <summary>Between two entries of an operation that excludes faults the guest runs, and its faults wait.</summary>
public class WaitingFaultTests
{
    [Fact]
    public void A_fault_during_an_operation_that_excludes_it_is_tried_again_until_it_is_over()
    {
        using var f = new WorldFixture();
        World world = f.After("vcpu0 touch read page0");
        Apply(world, "host zap", "host step", "vcpu0 touch read page0");
        for (int i = 0; i < 5; i++)
        {
            long before = world.Vm.Exits[ExitReason.EptViolation];
            Apply(world, "vcpu0 step");
            Assert.Equal(before + 1, world.Vm.Exits[ExitReason.EptViolation]);
        }

        Assert.False(world.IsQuiet);
        Apply(world, "host step");
        Assert.Null(world.Operation);
        Assert.True(StepsToQuiet(world) < 10);
    }

    [Fact]
    public void A_fault_during_one_that_takes_turns_is_served_at_once()
    {
        using var f = new WorldFixture();
        World world = f.After("vcpu0 touch read page0");
        Apply(world, "host start-dirty-log", "host step", "vcpu0 touch write page2");
        while (!world.Guest.IsIdle(world.Computer.Processors[0])) Apply(world, "vcpu0 step");
        Assert.NotNull(world.Operation);
    }

    private static int StepsToQuiet(World world)
    {
        int steps = 0;
        for (; !world.IsQuiet && steps < 100; steps++) Apply(world, "vcpu0 step");
        return steps;
    }

    private static void Apply(World world, params string[] actions)
    {
        foreach (string action in actions) Assert.Equal(ActionEnd.Quiet, Interleaving.Apply(world, WorldFixture.Action(action), StepSize.Visible));
    }
}
