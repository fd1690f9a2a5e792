using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Msrs;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>SYSENTER and SYSEXIT.</summary>
[Manual("3A", "5.8.7", "Performing Fast Calls to System Procedures with the SYSENTER and SYSEXIT Instructions")]
internal static unsafe class FastCalls
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Code switch
    {
        Code.Sysenter => &Enter,
        Code.Sysexitd => &Exit32,
        Code.Sysexitq => &Exit64,
        _ => null,
    };

    /// <summary>Clears IF and VM. In IA-32e mode it always enters 64-bit code.</summary>
    [Manual("2B", "4.3", "SYSENTER—Fast System Call")]
    private static Outcome Enter(Processor p, in Operation op)
    {
        var selector = (ushort)p.Msrs[Msr.SysenterCs];
        if (!p.Protected || (selector & ~3) == 0) return p.Fault(ExceptionVector.GeneralProtection, 0);
        ulong mask = p.LongMode ? ulong.MaxValue : uint.MaxValue;
        p.SetRflags(p.Rflags & ~(ulong)(Eflags.VM | Eflags.IF | Eflags.RF));
        p.Rip = p.Msrs[Msr.SysenterEip] & mask;
        p.Set(Register.Rsp, p.Msrs[Msr.SysenterEsp] & mask);
        FlatSegments.Enter(p, selector, p.LongMode);
        return Outcome.Jump;
    }

    private static Outcome Exit32(Processor p, in Operation op) => Exit(p, wide: false);

    private static Outcome Exit64(Processor p, in Operation op) => Exit(p, wide: true);

    [Manual("2B", "4.3", "SYSEXIT—Fast Return from Fast System Call")]
    private static Outcome Exit(Processor p, bool wide)
    {
        var selector = (ushort)p.Msrs[Msr.SysenterCs];
        if (!p.Protected || p.Cpl != 0 || (selector & ~3) == 0) return p.Fault(ExceptionVector.GeneralProtection, 0);
        ulong target = p.Get<ulong>(Register.Rdx), stack = p.Get<ulong>(Register.Rcx);
        if (wide && !(Canonical.Is(p, target) && Canonical.Is(p, stack))) return p.Fault(ExceptionVector.GeneralProtection, 0);
        int offset = wide ? 32 : 16;
        p.Rip = wide ? target : (uint)target;
        p.Set(Register.Rsp, wide ? stack : (uint)stack);
        FlatSegments.Leave(p, (ushort)(selector + offset), (ushort)(selector + offset + 8), wide);
        return Outcome.Jump;
    }
}
