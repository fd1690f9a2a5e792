using Vector20.Hypervisor;
using Vector20.Hypervisor.Mmu.Operations;
using Vector20.Hypervisor.Snapshots;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Actions;

/// <summary>How finely steps are cut.</summary>
public enum StepSize
{
    /// <summary>One instruction, or one attempt at it that faults or exits, is a step.</summary>
    Instruction,

    /// <summary>
    /// A step goes on while what the vCPU does concerns it alone, and while it would take the same events: instructions between those that act, and handlers up
    /// to where they unmask something, end an interrupt or act. They commute with the steps of the others, so that it does not matter when they are taken
    /// (partial-order reduction). The one exception is zap-all, which takes the handlers' own pages too: it comes between steps.
    /// </summary>
    Visible,
}

/// <summary>Actions cut into steps, between which the other vCPUs and the host's operation may take theirs.</summary>
internal static class Interleaving
{
    private const int PrivateLimit = 400;

    /// <summary>Adds the steps that can be taken: one of each vCPU that has something to do, and one of the host's operation.</summary>
    public static void AddSteps(World world, List<WorldAction> steps)
    {
        if (world.Vm.State != VmState.Alive) return;
        foreach (Processor p in world.Computer.Processors)
            if (IsBusy(world, p)) steps.Add(new WorldAction(ActionKind.Step, (sbyte)p.Index));
        if (world.Operation is not null) steps.Add(new WorldAction(ActionKind.Step, WorldAction.TheHost));
    }

    /// <summary>Whether there is a step that can be taken.</summary>
    public static bool HasStep(World world)
    {
        if (world.Vm.State != VmState.Alive) return false;
        foreach (Processor p in world.Computer.Processors)
            if (IsBusy(world, p)) return true;
        return world.Operation is not null;
    }

    /// <summary>Whether an action can be begun, or a step be taken: of a vCPU while the VM is alive, of the host while it has an operation in progress.</summary>
    public static bool IsPossible(World world, in WorldAction action) =>
        action.Kind != ActionKind.Step ? Performing.IsPossible(world, action) : action.Vcpu >= 0 ? world.Vm.State == VmState.Alive : world.Operation is not null;

    /// <summary>Begins an action or takes a step.</summary>
    public static ActionEnd Apply(World world, in WorldAction action, StepSize size)
    {
        world.Vm.Mmu.Interleaved = true;
        if (action.Kind != ActionKind.Step) Begin(world, action, size);
        else if (action.Vcpu < 0) StepHost(world);
        else StepVcpu(world, world.Computer.Processors[action.Vcpu], size);
        if (world.Vm.State != VmState.Alive) return ActionEnd.VmEnded;
        foreach (Processor p in world.Computer.Processors)
            if (p.UnsupportedFeature is not null) return ActionEnd.Unsupported;
        return ActionEnd.Quiet;
    }

    /// <summary>The instructions before the one that acts concern the vCPU alone.</summary>
    private static void Begin(World world, in WorldAction action, StepSize size)
    {
        Performing.Begin(world, action);
        if (size != StepSize.Visible || action.Vcpu < 0 || action.Kind is ActionKind.Nmi or ActionKind.Interrupt or ActionKind.Bitmap or ActionKind.Inject) return;
        Processor p = world.Computer.Processors[action.Vcpu];
        for (int i = 0; i < PrivateLimit && !world.Guest.IsAtAct(p) && IsBusy(world, p); i++)
            if (Visible(world, p)) return;
    }

    private static void StepHost(World world)
    {
        MmuProgress progress = world.Operation!.Value;
        world.Operation = MmuOperations.Step(world.Vm.Mmu, ref progress) ? progress : null;
    }

    private static void StepVcpu(World world, Processor p, StepSize size)
    {
        for (int i = 0; i < PrivateLimit; i++)
        {
            bool visible = Visible(world, p);
            if (visible || size == StepSize.Instruction || !IsBusy(world, p) || world.Guest.IsAtAct(p)) return;
        }
    }

    /// <summary>One tick. Whether others can tell: an exit for a page, or something that another vCPU must attend to.</summary>
    private static bool Visible(World world, Processor p)
    {
        long faults = Faults(world.Vm);
        int busy = BusyOthers(world, p);
        Openness before = Openness.Of(world.Vm.Vcpus[p.Index]);
        world.Computer.Step(p.Index);
        return Faults(world.Vm) != faults || BusyOthers(world, p) != busy || world.Vm.State != VmState.Alive || Openness.Of(world.Vm.Vcpus[p.Index]) != before;
    }

    private static long Faults(VirtualMachine vm) => vm.Exits[ExitReason.EptViolation] + vm.Exits[ExitReason.EptMisconfiguration];

    private static int BusyOthers(World world, Processor p)
    {
        int busy = 0;
        foreach (Processor other in world.Computer.Processors)
            if (other != p && (other.NeedsAttention || IsBusy(world, other))) busy |= 1 << other.Index;
        return busy;
    }

    private static bool IsBusy(World world, Processor p) => p.NeedsAttention || p.Activity == ActivityState.Active && !world.Guest.IsIdle(p);
}
