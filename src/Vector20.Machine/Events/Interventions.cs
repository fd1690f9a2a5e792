using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Msrs;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Events;

/// <summary>SMI, INIT and the start-up IPI.</summary>
[Manual("3A", "9.4", "Multiple-Processor (MP) Initialization")]
internal static class Interventions
{
    /// <summary>There is no system-management mode to enter: an SMI ends the run with a line that says so.</summary>
    public static bool SystemManagement(Processor p)
    {
        if (!p.SmiPending || p.Activity == ActivityState.WaitForSipi) return false;
        p.SmiPending = false;
        p.Unsupported("an SMI: system-management mode");
        p.StopReason = StopReason.None;
        p.Ended = true;
        return true;
    }

    /// <summary>Single steps that are to trap after branches alone (IA32_DEBUGCTL.BTF) end the run likewise.</summary>
    public static bool BranchSteps(Processor p)
    {
        if ((p.SystemFlags & Eflags.TF) == 0 || (p.Msrs[Msr.DebugCtl] & DebugCtl.BTF) == 0) return false;
        p.Unsupported("single-stepping on branches");
        p.StopReason = StopReason.None;
        p.Ended = true;
        return true;
    }

    /// <summary>INIT exits in non-root operation, unless it is blocked there, else resets the processor.</summary>
    public static bool Init(Processor p)
    {
        if (!p.InitPending || VmxEvents.BlocksInit(p)) return false;
        if (!VmxEvents.Init(p)) Reset.Init(p);
        return true;
    }

    /// <summary>A start-up IPI counts only while the processor waits for one.</summary>
    public static bool StartUp(Processor p)
    {
        if (p.SipiPending < 0) return false;
        var vector = (byte)p.SipiPending;
        p.SipiPending = -1;
        if (p.Activity != ActivityState.WaitForSipi) return false;
        if (!VmxEvents.StartUpIpi(p, vector)) Reset.StartUp(p, vector);
        return true;
    }
}
