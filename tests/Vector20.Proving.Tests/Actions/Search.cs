using Vector20.Hypervisor;
using Vector20.Proving.Actions;
using Vector20.Proving.Tests.Worlds;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Tests.Actions;

/// <summary>A search for itself, to hold against the prover's: every sequence of two of some actions, in every order of the steps that a function takes.</summary>
internal sealed class Search(WorldFixture f, Func<World, WorldAction, ActionEnd> apply)
{
    private readonly List<WorldAction> _steps = [];

    /// <summary>The hashes of the states in which nobody has a step left that leads elsewhere.</summary>
    public HashSet<UInt128> Ends { get; } = [];

    /// <summary>States that were looked at.</summary>
    public long States { get; private set; }

    /// <summary>Whether the check killed the VM.</summary>
    public bool Killed { get; private set; }

    public Search Pairs(IReadOnlyList<WorldAction> actions)
    {
        foreach (WorldAction first in actions)
        {
            List<World> reached = From([f.World], first);
            foreach (WorldAction second in actions)
                foreach (World world in From(reached, second)) world.Dispose();
            foreach (World world in reached) world.Dispose();
        }

        return this;
    }

    /// <summary>Every state that an action leads to from some states, with every order of the steps behind it.</summary>
    private List<World> From(List<World> worlds, in WorldAction action)
    {
        var known = new HashSet<UInt128>();
        var reached = new List<World>();
        foreach (World world in worlds)
            if (Performing.IsPossible(world, action)) Try(world, action, known, reached);
        for (int i = 0; i < reached.Count; i++)
        {
            _steps.Clear();
            Interleaving.AddSteps(reached[i], _steps);
            UInt128 hash = f.Hash(reached[i]);
            bool stays = true;
            foreach (WorldAction step in _steps.ToArray()) stays &= Try(reached[i], step, known, reached) == hash;
            if (stays) Ends.Add(hash);
        }

        return reached;
    }

    private UInt128 Try(World from, in WorldAction action, HashSet<UInt128> known, List<World> reached)
    {
        World world = from.Fork();
        ActionEnd end = apply(world, action);
        Killed |= world.Vm.State == VmState.Killed;
        UInt128 hash = f.Hash(world);
        if (end != ActionEnd.Quiet || !known.Add(hash))
        {
            world.Dispose();
            return hash;
        }

        States++;
        reached.Add(world);
        return hash;
    }
}
