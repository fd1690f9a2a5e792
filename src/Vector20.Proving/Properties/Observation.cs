using Vector20.Hypervisor;
using Vector20.Hypervisor.Mmu;
using Vector20.Machine;
using Vector20.Machine.Events;
using Vector20.Proving.Actions;
using Vector20.Proving.Asking;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Properties;

/// <summary>One action, or one step of one, as it was seen: what happened, and how things are now. Valid while a property looks at it.</summary>
public sealed class Observation
{
    private World _world = null!;

    /// <summary>The action.</summary>
    public WorldAction Action { get; private set; }

    /// <summary>How it ended.</summary>
    public ActionEnd End { get; private set; }

    /// <summary>The machine's events, in the order in which they happened.</summary>
    public Record<EventStep> Events => Recorder.Events;

    /// <summary>The writes of EPT entries.</summary>
    public Record<EntryWrite> Writes => Recorder.Writes;

    /// <summary>The VM as it is now.</summary>
    public VirtualMachine Vm => _world.Vm;

    /// <summary>The machine as it is now.</summary>
    public Computer Computer => _world.Computer;

    /// <summary>The machine as it was before anything was done: what the world began with.</summary>
    public Computer Origin => _world.Origin.Computer;

    /// <summary>The VM as it was then: memory of a slot that was deleted meanwhile may have been written before.</summary>
    public VirtualMachine OriginVm => _world.Origin.Vm;

    /// <summary>Whether nobody has a step to take: every vCPU waits for work and has no event to attend to, and the host has no operation in progress.</summary>
    public bool IsQuiet => _world.IsQuiet && !Interleaving.HasStep(_world);

    /// <summary>What does not change.</summary>
    public WorldOptions Options => _world.Options;

    internal Recorder Recorder { get; } = new();

    internal void Begin(World world, in WorldAction action)
    {
        _world = world;
        Action = action;
        End = ActionEnd.Quiet;
        Recorder.Clear();
        world.Computer.EventObserver = Recorder;
        world.Vm.Mmu.Writing = Recorder.OnWrite;
        world.Vm.Mmu.TellsOfNewTables = false;
    }

    internal void Finish(ActionEnd end) => End = end;
}

/// <summary>Keeps what happens during one action.</summary>
internal sealed class Recorder : IEventObserver
{
    public Recorder() => OnWrite = write =>
    {
        Writes.Add(write);
        Words?.Add(Asking.Wording.Of(write));
    };

    public Record<EventStep> Events { get; } = new();

    public Record<EntryWrite> Writes { get; } = new();

    /// <summary>Everything in words, in the order in which it happens; null: nobody reads them.</summary>
    public List<Answers.Step>? Words { get; set; }

    /// <summary>An entry is written.</summary>
    public Action<EntryWrite> OnWrite { get; }

    public void OnStep(in EventStep step)
    {
        if (Observed.IsUnderstood(step)) return;
        Events.Add(step);
        Words?.Add(Asking.Wording.Of(step));
    }

    public void OnHypervisor(HypervisorStep step) => Words?.Add(new Answers.Step("hypervisor", step.Action, step.Detail));

    public void Clear()
    {
        Events.Clear();
        Writes.Clear();
    }
}
