using Vector20.Machine.Events;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>The event that a VM entry injects: delivered through the guest's IDT before the first instruction, exempt from every intercept.</summary>
[Manual("3C", "27.6", "Event Injection")]
internal static class Injection
{
    /// <summary>Injects what the VM-entry interruption information says, if it is valid.</summary>
    public static void Perform(Processor p, Vmcs vmcs)
    {
        var information = new EntryInterruptionInformation((uint)vmcs[VmcsField.VmEntryInterruptionInformation]);
        if (!information.Valid) return;
        if (information.Type == EventType.Other)
        {
            p.Vmx.MonitorTrapPending = true;
            return;
        }

        BlockNmis(p, information.Type);
        LosePendingTraps(p, information.Type);
        p.Activity = ActivityState.Active;
        p.Shadow = InterruptShadow.None;
        EventPipeline.Send(p, EventOf(vmcs, information));
    }

    /// <summary>Injection takes the place of pending debug exceptions. INT n, INT3 and INTO after MOV SS alone leave them pending, as their execution does.</summary>
    [Manual("3C", "27.7.3", "Delivery of Pending Debug Exceptions after VM Entry")]
    private static void LosePendingTraps(Processor p, EventType type)
    {
        bool kept = p.Shadow == InterruptShadow.MovSs && type is EventType.SoftwareInterrupt or EventType.SoftwareException;
        if (!kept) p.PendingDebugTraps = 0;
    }

    /// <summary>The event that the three fields describe.</summary>
    public static Event EventOf(Vmcs vmcs, EntryInterruptionInformation information)
    {
        var e = new Event(information.Type, information.Vector, Source: EventSource.Injection);
        if (information.DeliverErrorCode) e = e with { HasErrorCode = true, ErrorCode = (uint)vmcs[VmcsField.VmEntryExceptionErrorCode] };
        return e.IsSoftware ? e with { InstructionLength = (byte)vmcs[VmcsField.VmEntryInstructionLength] } : e;
    }

    /// <summary>An injected NMI blocks NMIs; with virtual NMIs it is they that it blocks.</summary>
    [Manual("3C", "27.6.1.1", "Details of Vectored-Event Injection")]
    private static void BlockNmis(Processor p, EventType type)
    {
        if (type != EventType.Nmi) return;
        if ((p.Vmx.PinBased & PinBasedControls.VirtualNmis) != 0) p.Vmx.VirtualNmisBlocked = true;
        else p.NmisBlocked = true;
    }
}
