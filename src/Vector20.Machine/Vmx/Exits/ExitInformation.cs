using Vector20.Machine.Events;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>What the exit-information fields say.</summary>
[Manual("3C", "28.2", "Recording VM-Exit Information and Updating VM-Entry Control Fields")]
internal static class ExitInformation
{
    /// <summary>The exit due to an exception that the exception bitmap intercepts.</summary>
    [Manual("3C", "28.2.2", "Information for VM Exits Due to Vectored Events")]
    public static VmExit OfException(Event e) => new(
        ExitReason.ExceptionOrNmi,
        QualificationOf(e),
        e.IsSoftware ? e.InstructionLength : (byte)0,
        Interruption: new InterruptionInformation(e),
        InterruptionErrorCode: e.HasErrorCode ? e.ErrorCode : 0);

    /// <summary>Writes all fields for an exit.</summary>
    public static void Write(Processor p, Vmcs vmcs, in VmExit exit)
    {
        vmcs[VmcsField.ExitReason] = (ulong)exit.Reason;
        vmcs[VmcsField.ExitQualification] = exit.Qualification;
        vmcs[VmcsField.GuestLinearAddress] = exit.GuestLinearAddress;
        vmcs[VmcsField.GuestPhysicalAddress] = exit.GuestPhysicalAddress;
        vmcs[VmcsField.VmExitInterruptionInformation] = exit.Interruption.Value;
        vmcs[VmcsField.VmExitInterruptionErrorCode] = exit.InterruptionErrorCode;
        vmcs[VmcsField.VmExitInstructionInformation] = exit.InstructionInformation;
        if (Interrupted(p, exit) is { } vectoring) WriteVectoring(vmcs, vectoring);
        else
        {
            vmcs[VmcsField.IdtVectoringInformation] = 0;
            vmcs[VmcsField.VmExitInstructionLength] = exit.InstructionLength;
        }
    }

    /// <summary>An exit in the course of IRET says, in bit 12, that IRET had unblocked NMIs: of the interruption information for a fault, of the qualification for EPT.</summary>
    [Manual("3C", "28.2.3", "Information About NMI Unblocking Due to IRET")]
    public static VmExit WithNmiUnblocking(Processor p, in VmExit exit) => Interrupted(p, exit) is not null ? exit : exit.Reason switch
    {
        ExitReason.ExceptionOrNmi when !exit.Interruption.Is(ExceptionVector.DoubleFault) =>
            exit with { Interruption = new InterruptionInformation(exit.Interruption.Value | InterruptionInformation.NmiUnblockingBit) },
        ExitReason.EptViolation or ExitReason.PageModificationLogFull => exit with { Qualification = exit.Qualification | InterruptionInformation.NmiUnblockingBit },
        _ => exit,
    };

    /// <summary>The event whose delivery the exit interrupted, if it did. A double fault and a triple fault that exit themselves do not count.</summary>
    [Manual("3C", "28.2.4", "Information for VM Exits During Event Delivery")]
    public static Event? Interrupted(Processor p, in VmExit exit)
    {
        bool doubleFault = exit.Reason == ExitReason.ExceptionOrNmi && exit.Interruption.Is(ExceptionVector.DoubleFault);
        return doubleFault || exit.Reason == ExitReason.TripleFault ? null : p.Delivering;
    }

    private static void WriteVectoring(Vmcs vmcs, Event e)
    {
        vmcs[VmcsField.IdtVectoringInformation] = e.InterruptionInformation;
        vmcs[VmcsField.IdtVectoringErrorCode] = e.HasErrorCode ? e.ErrorCode : 0;
        vmcs[VmcsField.VmExitInstructionLength] = e.IsSoftware ? e.InstructionLength : 0u;
    }

    /// <summary>#DB: the conditions met, in DR6's positions. #PF: the linear address. Else 0.</summary>
    [Manual("3C", "28.2.1", "Basic VM-Exit Information")]
    private static ulong QualificationOf(Event e) => e switch
    {
        { Type: EventType.HardwareException, Vector: (byte)ExceptionVector.PageFault } => e.Payload,
        { Type: EventType.HardwareException or EventType.PrivilegedSoftwareException, Vector: (byte)ExceptionVector.Debug } => e.Payload,
        _ => 0,
    };
}
