using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Msrs;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>SYSCALL and SYSRET. Intel processors have them in 64-bit mode alone.</summary>
[Manual("3A", "5.8.8", "Fast System Calls in 64-Bit Mode")]
internal static unsafe class SystemCalls
{
    /// <summary>RFLAGS bits that SYSRET takes from R11: all but RF and VM.</summary>
    private const uint Restored = 0x3C_7FD7;

    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Code switch
    {
        Code.Syscall => &Call,
        Code.Sysretd => &Return32,
        Code.Sysretq => &Return64,
        _ => null,
    };

    [Manual("2B", "4.3", "SYSCALL—Fast System Call")]
    private static Outcome Call(Processor p, in Operation op)
    {
        if (!IsEnabled(p)) return p.Fault(ExceptionVector.InvalidOpcode);
        ulong star = p.Msrs[Msr.Star];
        p.Set(Register.Rcx, p.NextRip(op));
        p.Set(Register.R11, p.Rflags & ~(ulong)Eflags.RF);
        p.Rip = p.Msrs[Msr.Lstar];
        FlatSegments.Enter(p, (ushort)(star >> 32), wide: true);
        p.SetRflags(p.Rflags & ~p.Msrs[Msr.Fmask] & ~(ulong)Eflags.RF);
        return Outcome.Jump;
    }

    private static Outcome Return32(Processor p, in Operation op) => Return(p, wide: false);

    private static Outcome Return64(Processor p, in Operation op) => Return(p, wide: true);

    [Manual("2B", "4.3", "SYSRET—Return From Fast System Call")]
    private static Outcome Return(Processor p, bool wide)
    {
        if (!IsEnabled(p)) return p.Fault(ExceptionVector.InvalidOpcode);
        ulong target = wide ? p.Get<ulong>(Register.Rcx) : p.Get<uint>(Register.Rcx);
        if (p.Cpl != 0 || !Canonical.Is(p, target)) return p.Fault(ExceptionVector.GeneralProtection, 0);
        var selector = (ushort)(p.Msrs[Msr.Star] >> 48);
        ulong flags = p.Get<ulong>(Register.R11) & Restored;
        p.Rip = target;
        FlatSegments.Leave(p, (ushort)(wide ? selector + 16 : selector), (ushort)(selector + 8), wide);
        p.SetRflags(flags);
        return Outcome.Jump;
    }

    private static bool IsEnabled(Processor p) => p.Is64Bit && (p.ExtendedFeatures & Efer.SCE) != 0;
}
