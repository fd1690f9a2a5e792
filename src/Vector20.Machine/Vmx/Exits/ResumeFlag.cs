using Vector20.Machine.Events;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>The value of RFLAGS.RF that a VM exit saves.</summary>
[Manual("3C", "28.3.3", "Saving RIP, RSP, RFLAGS, and SSP")]
internal static class ResumeFlag
{
    /// <summary>Sets RF in the processor to the value that is to be saved.</summary>
    public static void Save(Processor p, in VmExit exit)
    {
        if (IsSet(p, exit)) p.SystemFlags |= Eflags.RF;
    }

    /// <summary>1 where the event would have pushed 1, and after an access that is to be tried again; else it stays.</summary>
    private static bool IsSet(Processor p, in VmExit exit)
    {
        if (ExitInformation.Interrupted(p, exit) is { } e) return PushedSet(e);
        return exit.Reason switch
        {
            ExitReason.ExceptionOrNmi => PushedSet(exit.Interruption.Type, exit.Interruption.Vector, exit.Qualification),
            ExitReason.TripleFault or ExitReason.ApicAccess or ExitReason.EptViolation or ExitReason.EptMisconfiguration or ExitReason.PageModificationLogFull => true,
            _ => false,
        };
    }

    private static bool PushedSet(Event e) => PushedSet(e.Type, e.Vector, e.Payload);

    /// <summary>Faults push RF as 1; of debug exceptions only general detect does. Traps and interrupts push it as it is.</summary>
    [Manual("3B", "18.3.1.1", "Instruction-Breakpoint Exception Condition")]
    private static bool PushedSet(EventType type, byte vector, ulong payload) =>
        type == EventType.HardwareException && (vector != (byte)ExceptionVector.Debug || (payload & Dr6.BD) != 0);
}
