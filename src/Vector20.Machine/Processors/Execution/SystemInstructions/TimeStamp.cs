using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Msrs;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>RDTSC, RDTSCP and RDPMC.</summary>
[Manual("3B", "18.17", "Time-Stamp Counter")]
internal static unsafe class TimeStamp
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Rdtsc => &Read,
        Mnemonic.Rdtscp => &ReadWithProcessor,
        Mnemonic.Rdpmc => &ReadPerformanceCounter,
        _ => null,
    };

    [Manual("2B", "4.3", "RDTSC—Read Time-Stamp Counter")]
    private static Outcome Read(Processor p, in Operation op)
    {
        if (IsDisabled(p)) return p.Fault(ExceptionVector.GeneralProtection, 0);
        if (p.Vmx.NonRoot && Intercepts.Rdtsc(p, op)) return Outcome.Stop;
        SplitRegisters.Set(p, GuestTimeStamp.Read(p));
        return Outcome.Continue;
    }

    [Manual("2B", "4.3", "RDTSCP—Read Time-Stamp Counter and Processor ID")]
    private static Outcome ReadWithProcessor(Processor p, in Operation op)
    {
        if (p.Vmx.Withholds(SecondaryControls.EnableRdtscp)) return p.Fault(ExceptionVector.InvalidOpcode);
        if (IsDisabled(p)) return p.Fault(ExceptionVector.GeneralProtection, 0);
        if (p.Vmx.NonRoot && Intercepts.Rdtscp(p, op)) return Outcome.Stop;
        SplitRegisters.Set(p, GuestTimeStamp.Read(p));
        p.Set(Register.Rcx, (uint)p.Msrs[Msr.TscAux]);
        return Outcome.Continue;
    }

    /// <summary>There are no counters (CPUID leaf 0AH says version 0), so every number is #GP(0).</summary>
    [Manual("2B", "4.3", "RDPMC—Read Performance-Monitoring Counters")]
    private static Outcome ReadPerformanceCounter(Processor p, in Operation op)
    {
        bool allowed = p.Cpl == 0 || (p.ControlRegister4 & Cr4.PCE) != 0;
        if (allowed && p.Vmx.NonRoot && Intercepts.Rdpmc(p, op)) return Outcome.Stop;
        return p.Fault(ExceptionVector.GeneralProtection, 0);
    }

    private static bool IsDisabled(Processor p) => p.Cpl > 0 && (p.ControlRegister4 & Cr4.TSD) != 0;
}
