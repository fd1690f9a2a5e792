using Vector20.Hypervisor;
using Vector20.Machine.Memory;
using Vector20.Machine.Snapshots;
using Vector20.Proving.Actions;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Tests.Worlds;

/// <summary>A world, and forks of it.</summary>
internal sealed class WorldFixture : IDisposable
{
    private readonly FramePool _pool = new();
    private readonly Fingerprint _fingerprint = new();
    private readonly List<ulong> _scratch = [];
    private readonly List<World> _forks = [];

    public WorldFixture(WorldOptions? options = null) => World = World.Make(options ?? new WorldOptions(), _pool);

    /// <summary>Each way to have a local APIC, with 1 and 2 vCPUs.</summary>
    public static TheoryData<VirtualApicMode, bool, int> Apics { get; } = new()
    {
        { VirtualApicMode.Apicv, false, 1 }, { VirtualApicMode.Apicv, true, 2 }, { VirtualApicMode.Emulated, true, 1 },
        { VirtualApicMode.Emulated, false, 2 }, { VirtualApicMode.Bare, false, 1 }, { VirtualApicMode.Bare, true, 2 },
    };

    public World World { get; }

    public IReadOnlyList<WorldAction> Classes => Alphabets.Named(Alphabets.Classes, World.Options);

    public static WorldAction Action(string text)
    {
        Assert.True(WorldAction.TryParse(text, out WorldAction action), text);
        return action;
    }

    /// <summary>A fork of the first state in which actions have been performed to their ends.</summary>
    public World After(params string[] actions)
    {
        World world = World.Fork();
        _forks.Add(world);
        foreach (string action in actions) Assert.Equal(ActionEnd.Quiet, Performing.Perform(world, Action(action)));
        return world;
    }

    /// <summary>A fork of the first state in which actions were begun and steps were taken.</summary>
    public World Interleaved(params string[] actions)
    {
        World world = World.Fork();
        _forks.Add(world);
        foreach (string action in actions) Assert.Equal(ActionEnd.Quiet, Interleaving.Apply(world, Action(action), StepSize.Visible));
        return world;
    }

    public UInt128 Hash(World world) => world.Hash(_fingerprint, _scratch);

    public void Dispose()
    {
        foreach (World world in _forks) world.Dispose();
        World.Dispose();
        _pool.Dispose();
    }
}
