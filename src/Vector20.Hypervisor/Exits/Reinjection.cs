using Vector20.Machine;
using Vector20.Machine.Events;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Exits;

/// <summary>An exit in the middle of an event's delivery leaves the event undelivered: it must be injected again.</summary>
[Manual("3C", "28.2.4", "Information for VM Exits During Event Delivery")]
internal static class Reinjection
{
    /// <summary>Remembers the event that the exit interrupted.</summary>
    public static void Remember(Vcpu v)
    {
        v.Interrupted = (v.Vm.Options.Bugs & HypervisorBugs.ForgetsInterruptedEvent) == 0 ? EventOf(v) : null;
        if (v.Interrupted is { Type: EventType.Nmi }) v.Vmcs[VmcsField.GuestInterruptibilityState] &= ~(ulong)InterruptibilityState.BlockingByNmi;
    }

    /// <summary>The event that the VMCS says the exit interrupted, or null.</summary>
    public static Event? EventOf(Vcpu v)
    {
        var vectoring = new InterruptionInformation((uint)v.Vmcs[VmcsField.IdtVectoringInformation]);
        if (!vectoring.Valid) return null;
        var e = new Event(vectoring.Type, vectoring.Vector, vectoring.HasErrorCode, Source: EventSource.Injection);
        if (vectoring.HasErrorCode) e = e with { ErrorCode = (uint)v.Vmcs[VmcsField.IdtVectoringErrorCode] };
        if (e.IsSoftware) e = e with { InstructionLength = (byte)v.Vmcs[VmcsField.VmExitInstructionLength] };
        return e;
    }
}
