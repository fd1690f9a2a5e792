using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>MONITOR and MWAIT. A processor may leave MWAIT at once for reasons of its own; this one always does.</summary>
[Manual("3A", "9.10.4", "MONITOR/MWAIT Instruction")]
internal static unsafe class AddressMonitor
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Monitor => &Monitor,
        Mnemonic.Mwait => &Wait,
        _ => null,
    };

    /// <summary>The address is checked as that of a byte load.</summary>
    [Manual("2B", "4.3", "MONITOR—Set Up Monitor Address")]
    private static Outcome Monitor(Processor p, in Operation op)
    {
        if (p.Cpl != 0) return p.Fault(ExceptionVector.InvalidOpcode);
        if (p.Vmx.NonRoot && Intercepts.Monitor(p, op)) return Outcome.Stop;
        if (p.Get<uint>(Register.Rcx) != 0) return p.Fault(ExceptionVector.GeneralProtection, 0);
        if (!p.Load(op, out byte _)) return Outcome.Stop;
        p.MonitorArmed = true;
        return Outcome.Continue;
    }

    /// <summary>ECX bit 0, interrupts as break events even if masked, is the only extension.</summary>
    [Manual("2B", "4.3", "MWAIT—Monitor Wait")]
    private static Outcome Wait(Processor p, in Operation op)
    {
        if (p.Cpl != 0) return p.Fault(ExceptionVector.InvalidOpcode);
        if (p.Vmx.NonRoot && Intercepts.Mwait(p, op, p.MonitorArmed)) return Outcome.Stop;
        if (p.Get<uint>(Register.Rcx) > 1) return p.Fault(ExceptionVector.GeneralProtection, 0);
        p.MonitorArmed = false;
        return Outcome.Leave;
    }
}
