using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>CPUID.</summary>
[Manual("2A", "3.3", "CPUID—CPU Identification")]
internal static unsafe class Identification
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic == Mnemonic.Cpuid ? &Identify : null;

    private static Outcome Identify(Processor p, in Operation op)
    {
        if (p.Vmx.NonRoot && Intercepts.Cpuid(p, op)) return Outcome.Stop;
        CpuidResult result = CpuidLeaves.Of(p, p.Get<uint>(Register.Rax), p.Get<uint>(Register.Rcx));
        p.Set(Register.Rax, result.Eax);
        p.Set(Register.Rbx, result.Ebx);
        p.Set(Register.Rcx, result.Ecx);
        p.Set(Register.Rdx, result.Edx);
        return Outcome.Continue;
    }
}
