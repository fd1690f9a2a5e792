using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Processors.Msrs;
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
        uint leaf = p.Get<uint>(Register.Rax);
        if (leaf == 1) LoadMicrocodeSignature(p);
        CpuidResult result = CpuidLeaves.Of(p, leaf, p.Get<uint>(Register.Rcx));
        p.Set(Register.Rax, result.Eax);
        p.Set(Register.Rbx, result.Ebx);
        p.Set(Register.Rcx, result.Ecx);
        p.Set(Register.Rdx, result.Edx);
        return Outcome.Continue;
    }

    /// <summary>Software writes 0, executes CPUID leaf 1 and reads the revision.</summary>
    [Manual("3A", "10.11.7.1", "Determining the Signature")]
    private static void LoadMicrocodeSignature(Processor p) => p.Msrs[Msr.BiosSignId] = (ulong)p.Model.MicrocodeRevision << 32;
}
