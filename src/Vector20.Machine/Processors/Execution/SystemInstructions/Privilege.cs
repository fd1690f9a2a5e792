using Vector20.Machine.Events;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>The privilege checks that system instructions share. False when a fault is raised.</summary>
[Manual("3A", "5.9", "Privileged Instructions")]
internal static class Privilege
{
    /// <summary>#GP(0) unless CPL is 0. Virtual-8086 mode runs at CPL 3.</summary>
    public static bool RequireZero(Processor p) => p.Cpl == 0 || p.Refuse(ExceptionVector.GeneralProtection, 0);

    /// <summary>User-mode instruction prevention: SGDT, SIDT, SLDT, SMSW and STR are #GP(0) above CPL 0 while CR4.UMIP is 1.</summary>
    [Manual("3A", "2.5", "Control Registers")]
    public static bool AllowUserMode(Processor p) =>
        p.Cpl == 0 || (p.ControlRegister4 & Cr4.UMIP) == 0 || p.Refuse(ExceptionVector.GeneralProtection, 0);

    /// <summary>#UD in real-address and virtual-8086 mode.</summary>
    public static bool RequireProtectedMode(Processor p)
    {
        if (p.Protected && !p.Virtual8086) return true;
        p.Fault(ExceptionVector.InvalidOpcode);
        return false;
    }
}
