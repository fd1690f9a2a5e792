using Vector20.Hypervisor;
using Vector20.Proving.Actions;
using Vector20.Proving.Tests.Worlds;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Tests.Actions;

/// <summary>Partial-order reduction leaves out orders of steps, and no state that they lead to: it is held against the search that leaves nothing out.</summary>
public class ReductionTests
{
    private const string ToOthers = "ipi 0x00000000000c4050";

    private static readonly string[] s_actions =
        ["host zap-atomically", "host zap", "host age", "vcpu0 touch read page0", "vcpu1 touch write page0", $"vcpu0 {ToOthers}", "vcpu1 cli", "vcpu0 int-20"];

    public static TheoryData<VirtualApicMode, bool> Worlds { get; } = new() { { VirtualApicMode.Apicv, true }, { VirtualApicMode.Emulated, false }, { VirtualApicMode.Bare, true } };

    [Theory, MemberData(nameof(Worlds))]
    [Trait("Speed", "Slow")]
    public void Every_pair_of_actions_comes_to_the_same_ends_with_and_without_reduction(VirtualApicMode apic, bool accessedDirty)
    {
        using var f = new WorldFixture(new WorldOptions { Apic = apic, AccessedDirty = accessedDirty, Vcpus = 2 });
        Search all = Pairs(f, StepSize.Instruction), reduced = Pairs(f, StepSize.Visible);
        Assert.Equal(all.Ends.Order(), reduced.Ends.Order());
        Assert.False(all.Killed || reduced.Killed);
        Assert.True(reduced.States * 2 < all.States, $"{reduced.States} of {all.States} states: nothing was left out");
    }

    [Theory]
    [InlineData(HypervisorBugs.ZapWritesZero), InlineData(HypervisorBugs.FrozenWithoutSuppress), InlineData(HypervisorBugs.NonpresentWithoutSuppress)]
    public void A_bug_is_found_with_reduction_as_without(HypervisorBugs bug)
    {
        using var f = new WorldFixture(new WorldOptions { HypervisorBugs = bug });
        WorldAction[] actions = [WorldFixture.Action("host zap-atomically"), WorldFixture.Action("vcpu0 touch read page0")];
        Assert.True(new Search(f, (w, a) => Interleaving.Apply(w, a, StepSize.Instruction)).Pairs(actions).Killed);
        Assert.True(new Search(f, (w, a) => Interleaving.Apply(w, a, StepSize.Visible)).Pairs(actions).Killed);
    }

    [Fact]
    public void Control_a_reduction_that_goes_on_past_what_others_see_misses_the_bug()
    {
        using var f = new WorldFixture(new WorldOptions { HypervisorBugs = HypervisorBugs.ZapWritesZero });
        WorldAction[] actions = [WorldFixture.Action("host zap-atomically"), WorldFixture.Action("vcpu0 touch read page0")];
        Assert.False(new Search(f, GoOn).Pairs(actions).Killed);
    }

    [Fact]
    public void Control_it_misses_ends_too()
    {
        using var f = new WorldFixture(new WorldOptions { Vcpus = 2 });
        WorldAction[] actions = [.. s_actions.Select(WorldFixture.Action)];
        Search wrong = new Search(f, GoOn).Pairs(actions), reduced = Pairs(f, StepSize.Visible);
        Assert.True(wrong.Ends.IsProperSubsetOf(reduced.Ends), $"{wrong.Ends.Count} of {reduced.Ends.Count}");
    }

    private static Search Pairs(WorldFixture f, StepSize size) =>
        new Search(f, (world, action) => Interleaving.Apply(world, action, size)).Pairs([.. s_actions.Select(WorldFixture.Action)]);

    /// <summary>A vCPU that has begun goes on until it waits.</summary>
    private static ActionEnd GoOn(World world, WorldAction action)
    {
        ActionEnd end = Interleaving.Apply(world, action, StepSize.Visible);
        var steps = new List<WorldAction>();
        for (int i = 0; i < 100 && end == ActionEnd.Quiet && action.Vcpu >= 0; i++)
        {
            steps.Clear();
            Interleaving.AddSteps(world, steps);
            if (!steps.Contains(new WorldAction(ActionKind.Step, action.Vcpu))) break;
            end = Interleaving.Apply(world, new WorldAction(ActionKind.Step, action.Vcpu), StepSize.Visible);
        }

        return end;
    }
}
