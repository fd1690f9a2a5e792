using Vector20.Hypervisor;
using Vector20.Proving.Actions;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Tests.Worlds;

/// <summary>A fork of a world does what the original would have done, and neither sees the other.</summary>
public class WorldForkTests
{
    private const int Walks = 25, Length = 6, Steps = 60;

    [Theory, MemberData(nameof(WorldFixture.Apics), MemberType = typeof(WorldFixture))]
    public void A_fork_does_what_the_original_would_have_done(VirtualApicMode apic, bool x2Apic, int vcpus)
    {
        using var f = new WorldFixture(new WorldOptions { Apic = apic, X2Apic = x2Apic, Vcpus = vcpus });
        var random = new Random(20);
        for (int walk = 0; walk < Walks; walk++)
        {
            using World world = f.World.Fork();
            for (int i = 0; i < Length; i++)
            {
                WorldAction[] possible = [.. f.Classes.Where(a => Performing.IsPossible(world, a))];
                if (possible.Length == 0) break;
                WorldAction action = possible[random.Next(possible.Length)];
                using World fork = world.Fork();
                Assert.Equal(Performing.Perform(world, action), Performing.Perform(fork, action));
                Assert.True(f.Hash(world) == f.Hash(fork), action.ToString());
            }
        }
    }

    [Theory, MemberData(nameof(WorldFixture.Apics), MemberType = typeof(WorldFixture))]
    public void A_fork_in_the_middle_of_everything_takes_the_same_steps(VirtualApicMode apic, bool x2Apic, int vcpus)
    {
        using var f = new WorldFixture(new WorldOptions { Apic = apic, X2Apic = x2Apic, Vcpus = vcpus });
        var random = new Random(26);
        var next = new List<WorldAction>();
        for (int walk = 0; walk < Walks; walk++)
        {
            using World world = f.World.Fork();
            for (int i = 0; i < Steps && world.Vm.State == VmState.Alive; i++)
            {
                next.Clear();
                Interleaving.AddSteps(world, next);
                if (next.Count == 0 || random.Next(4) == 0) next.AddRange(f.Classes.Where(a => Performing.IsPossible(world, a)));
                if (next.Count == 0) break;
                WorldAction action = next[random.Next(next.Count)];
                using World fork = world.Fork();
                Interleaving.Apply(world, action, StepSize.Instruction);
                Interleaving.Apply(fork, action, StepSize.Instruction);
                Assert.True(f.Hash(world) == f.Hash(fork), action.ToString());
                Assert.Equal(world.Operation, fork.Operation);
            }
        }
    }

    [Theory, MemberData(nameof(WorldFixture.Apics), MemberType = typeof(WorldFixture))]
    public void Whatever_is_done_to_a_fork_its_original_stays_as_it_was(VirtualApicMode apic, bool x2Apic, int vcpus)
    {
        using var f = new WorldFixture(new WorldOptions { Apic = apic, X2Apic = x2Apic, Vcpus = vcpus });
        World[] originals = [f.After(), f.After("host start-dirty-log", "vcpu0 touch write page0", "vcpu0 cli"), f.Interleaved("host zap-all", "host step", "vcpu0 nmi")];
        foreach (World original in originals)
        {
            UInt128 before = f.Hash(original);
            int changed = 0;
            foreach (WorldAction action in f.Classes)
            {
                if (!Performing.IsPossible(original, action)) continue;
                using World fork = original.Fork();
                Performing.Perform(fork, action);
                if (f.Hash(fork) != before) changed++;
                Assert.True(f.Hash(original) == before, action.ToString());
            }

            Assert.True(changed > 5, $"only {changed} actions change anything: the test would be one of nothing");
        }
    }

    [Fact]
    public void A_fork_of_a_fork_outlives_both()
    {
        using var f = new WorldFixture();
        World first = f.World.Fork();
        Performing.Perform(first, WorldFixture.Action("vcpu0 touch write page0"));
        using World second = first.Fork();
        UInt128 hash = f.Hash(second);
        first.Dispose();
        Assert.Equal(hash, f.Hash(second));
        Assert.Equal(ActionEnd.Quiet, Performing.Perform(second, WorldFixture.Action("vcpu0 touch read page0")));
    }
}
