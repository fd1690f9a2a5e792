using Vector20.Machine.Events;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>VM exits: guest state to the VMCS, then the host.</summary>
[Manual("3C", "28", "VM Exits")]
internal static class VmExits
{
    /// <summary>Records an exit that the running operation causes, with the operation's length. Always false: the operation did not complete.</summary>
    public static bool Record(Processor p, in VmExit exit)
    {
        byte length = exit.InstructionLength;
        if (length == 0 && p.RunningOperation is { } operation) length = operation.Length;
        p.Exit = exit with { InstructionLength = length };
        p.StopReason = StopReason.VmExit;
        return false;
    }

    /// <summary>Performs an exit on an instruction boundary. Always true.</summary>
    public static bool Take(Processor p, in VmExit exit)
    {
        p.Exit = exit;
        Perform(p);
        return true;
    }

    /// <summary>The exit due to an exception that the exception bitmap intercepts.</summary>
    public static VmExit OfException(in Event e) => new(
        ExitReason.ExceptionOrNmi,
        QualificationOf(e),
        e.IsSoftware ? e.InstructionLength : (byte)0,
        Interruption: new InterruptionInformation(e),
        InterruptionErrorCode: e.HasErrorCode ? e.ErrorCode : 0);

    /// <summary>Performs the exit recorded in the processor.</summary>
    public static void Perform(Processor p) => p.Ended = true;

    /// <summary>#DB: the conditions met, in DR6's positions. #PF: the linear address. Else 0.</summary>
    [Manual("3C", "28.2.1", "Basic VM-Exit Information")]
    private static ulong QualificationOf(in Event e) => e switch
    {
        { Type: EventType.HardwareException, Vector: (byte)ExceptionVector.PageFault } => e.Payload,
        { Type: EventType.HardwareException or EventType.PrivilegedSoftwareException, Vector: (byte)ExceptionVector.Debug } => e.Payload,
        _ => 0,
    };
}
