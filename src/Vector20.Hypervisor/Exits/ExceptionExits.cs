using Vector20.Hypervisor.Check;
using Vector20.Machine;
using Vector20.Machine.Events;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Exits;

/// <summary>Exceptions that the bitmap intercepts, and NMIs.</summary>
[Manual("3C", "26.2", "Other Causes of VM Exits")]
internal static class ExceptionExits
{
    /// <summary>An NMI is the host's; #VE is the check's; the guest gets every other exception as it was raised.</summary>
    public static void Handle(Vcpu v)
    {
        var information = new InterruptionInformation((uint)v.Vmcs[VmcsField.VmExitInterruptionInformation]);
        if (information.Type == EventType.Nmi) HostNmi(v);
        else if (IsVe(information)) VeChecking.Fired(v);
        else Reflect(v, information);
    }

    private static bool IsVe(InterruptionInformation information) =>
        information is { Type: EventType.HardwareException, Vector: (byte)ExceptionVector.Virtualization };

    /// <summary>The host's NMI handler runs, and its IRET ends the blocking that the exit began.</summary>
    [Manual("3A", "6.7.1", "Handling Multiple NMIs")]
    private static void HostNmi(Vcpu v)
    {
        v.Vm.Note(v, "forwards NMI", "to the host's own handler");
        v.Processor.NmisBlocked = false;
    }

    private static void Reflect(Vcpu v, InterruptionInformation information)
    {
        var e = new Event(information.Type, information.Vector, information.HasErrorCode, Source: EventSource.Injection);
        if (e.HasErrorCode) e = e with { ErrorCode = (uint)v.Vmcs[VmcsField.VmExitInterruptionErrorCode] };
        if (e.IsSoftware) e = e with { InstructionLength = (byte)v.Vmcs[VmcsField.VmExitInstructionLength] };
        if (e.Vector == (byte)ExceptionVector.PageFault) v.Processor.ControlRegister2 = v.Vmcs[VmcsField.ExitQualification];
        if (e.Vector == (byte)ExceptionVector.Debug) TakeDebug(v);
        if (information.NmiUnblockingDueToIret) v.Vmcs[VmcsField.GuestInterruptibilityState] |= (ulong)InterruptibilityState.BlockingByNmi;
        v.Vm.Note(v, "reflects exception", $"vector {e.Vector} is the guest's");
        Apic.Injection.Queue(v, e);
    }

    /// <summary>The exit left DR6 as it was; the guest's handler wants it updated, and DR7.GD clear.</summary>
    [Manual("3C", "28.1", "Architectural State Before a VM Exit")]
    private static void TakeDebug(Vcpu v)
    {
        v.Processor.DebugStatus = v.Processor.DebugStatus & ~Dr6.BreakpointMask | v.Vmcs[VmcsField.ExitQualification] & (Dr6.BreakpointMask | Dr6.BD | Dr6.BS | Dr6.BT);
        v.Vmcs[VmcsField.GuestDr7] &= ~Dr7.GD;
    }
}
