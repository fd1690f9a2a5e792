using Vector20.Hypervisor.Exits;
using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Snapshots;

/// <summary>What waits at a vCPU, wherever it is kept just now.</summary>
public static class PendingEvents
{
    /// <summary>The vectors that are requested and not in service yet.</summary>
    public static VectorSet InterruptsOf(Vcpu v)
    {
        VectorSet requested = RequestedOf(v);
        if (InDelivery(v) is { Type: EventType.ExternalInterrupt } e) requested.Set(e.Vector, true);
        return requested;
    }

    /// <summary>Whether an NMI waits.</summary>
    public static bool HasNmi(Vcpu v) => v.NmiPending || v.Processor.NmiPending || InDelivery(v) is { Type: EventType.Nmi };

    /// <summary>The event whose delivery an exit interrupted: remembered by the hypervisor, or still in the VMCS because the exit has not been handled.</summary>
    public static Event? InDelivery(Vcpu v) => v.Processor.Vmx.ExitPending ? Reinjection.EventOf(v) : v.Interrupted;

    /// <summary>The exception that is queued for the vCPU.</summary>
    public static Event? ExceptionOf(Vcpu v) => v.Exception;

    /// <summary>Whether an interrupt waits that nothing masks, blocks or outranks: a vCPU that does nothing about it has been forgotten.</summary>
    [Vector20.Machine.Manual("3A", "11.8.3.1", "Task and Processor Priorities")]
    public static bool MustTakeInterrupt(Vcpu v)
    {
        bool inPage = v.ApicPage is { Active: true } && v.Processor.Vmx.NonRoot;
        LocalApic apic = v.Apic ?? v.Processor.Apic;
        int inService = (inPage ? v.ApicPage!.InService : apic.State.InService).Highest, task = inPage ? v.ApicPage!.TaskPriority : apic.TaskPriority;
        bool outranks = RequestedOf(v).Highest >> 4 > Math.Max(inService >> 4, task >> 4);
        return outranks && apic.SoftwareEnabled && (v.Processor.Rflags & Machine.Processors.Eflags.IF) != 0 && v.Processor.Shadow == Machine.Processors.InterruptShadow.None;
    }

    /// <summary>Whether the vCPU has performed an INIT, or is about to.</summary>
    public static bool WasReset(Vcpu v) => v.WaitsForStartUp || v.InitPending || v.StartUpVector >= 0;

    private static VectorSet RequestedOf(Vcpu v)
    {
        if (v.Apic is not { } apic) return v.Processor.Apic.State.Requested;
        VectorSet requested = v.ApicPage?.StateBehind(v).Requested ?? apic.State.Requested;
        if (v.ApicPage is { Active: true } page && v.Processor.Vmx.NonRoot)
            for (int i = 0; i < 4; i++) requested[i] |= page.RequestedPart(i);
        return requested;
    }
}
