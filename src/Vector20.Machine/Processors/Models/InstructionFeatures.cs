using System.Collections.Frozen;
using Iced.Intel;

namespace Vector20.Machine.Processors.Models;

/// <summary>Which instructions a model has, by the CPUID features that Iced names for each.</summary>
internal static class InstructionFeatures
{
    /// <summary>Features that every model has: the instruction sets up to the Pentium, and PAUSE.</summary>
    private static readonly FrozenSet<CpuidFeature> s_always = new[]
    {
        CpuidFeature.INTEL8086, CpuidFeature.INTEL8086_ONLY, CpuidFeature.INTEL186, CpuidFeature.INTEL286, CpuidFeature.INTEL386, CpuidFeature.INTEL486,
        CpuidFeature.CPUID, CpuidFeature.PAUSE, CpuidFeature.SMM,
    }.ToFrozenSet();

    /// <summary>The CPUID flag of each other feature that a model may have. One that is in neither table is in no model.</summary>
    private static readonly FrozenDictionary<CpuidFeature, CpuFeature> s_flags = new Dictionary<CpuidFeature, CpuFeature>
    {
        [CpuidFeature.TSC] = CpuFeature.Tsc,
        [CpuidFeature.MSR] = CpuFeature.Msr,
        [CpuidFeature.CX8] = CpuFeature.Cx8,
        [CpuidFeature.SEP] = CpuFeature.Sep,
        [CpuidFeature.CMOV] = CpuFeature.Cmov,
        [CpuidFeature.MULTIBYTENOP] = CpuFeature.Cmov,
        [CpuidFeature.RDPMC] = CpuFeature.Cmov,
        [CpuidFeature.CLFSH] = CpuFeature.Clfsh,
        [CpuidFeature.MONITOR] = CpuFeature.Monitor,
        [CpuidFeature.VMX] = CpuFeature.Vmx,
        [CpuidFeature.INVEPT] = CpuFeature.Ept,
        [CpuidFeature.INVVPID] = CpuFeature.Vmx,
        [CpuidFeature.CMPXCHG16B] = CpuFeature.Cx16,
        [CpuidFeature.MOVBE] = CpuFeature.Movbe,
        [CpuidFeature.POPCNT] = CpuFeature.Popcnt,
        [CpuidFeature.XSAVE] = CpuFeature.Xsave,
        [CpuidFeature.FPU] = CpuFeature.Fpu,
        [CpuidFeature.FPU287] = CpuFeature.Fpu,
        [CpuidFeature.FPU387] = CpuFeature.Fpu,
        [CpuidFeature.MMX] = CpuFeature.Mmx,
        [CpuidFeature.FXSR] = CpuFeature.Fxsr,
        [CpuidFeature.SSE] = CpuFeature.Sse,
        [CpuidFeature.SSE2] = CpuFeature.Sse2,
        [CpuidFeature.SSE3] = CpuFeature.Sse3,
        [CpuidFeature.SSSE3] = CpuFeature.Ssse3,
        [CpuidFeature.SSE4_1] = CpuFeature.Sse41,
        [CpuidFeature.SSE4_2] = CpuFeature.Sse42,
        [CpuidFeature.AES] = CpuFeature.Aes,
        [CpuidFeature.PCLMULQDQ] = CpuFeature.Pclmulqdq,
        [CpuidFeature.AVX] = CpuFeature.Avx,
        [CpuidFeature.AVX2] = CpuFeature.Avx2,
        [CpuidFeature.FMA] = CpuFeature.Fma,
        [CpuidFeature.F16C] = CpuFeature.F16c,
        [CpuidFeature.XSAVEOPT] = CpuFeature.Xsaveopt,
        [CpuidFeature.XSAVEC] = CpuFeature.Xsavec,
        [CpuidFeature.XSAVES] = CpuFeature.Xsaves,
        [CpuidFeature.RDRAND] = CpuFeature.Rdrand,
        [CpuidFeature.FSGSBASE] = CpuFeature.FsGsBase,
        [CpuidFeature.BMI1] = CpuFeature.Bmi1,
        [CpuidFeature.BMI2] = CpuFeature.Bmi2,
        [CpuidFeature.INVPCID] = CpuFeature.Invpcid,
        [CpuidFeature.RDSEED] = CpuFeature.Rdseed,
        [CpuidFeature.ADX] = CpuFeature.Adx,
        [CpuidFeature.SMAP] = CpuFeature.Smap,
        [CpuidFeature.CLFLUSHOPT] = CpuFeature.Clflushopt,
        [CpuidFeature.CLWB] = CpuFeature.Clwb,
        [CpuidFeature.PKU] = CpuFeature.Pku,
        [CpuidFeature.RDPID] = CpuFeature.Rdpid,
        [CpuidFeature.MOVDIRI] = CpuFeature.Movdiri,
        [CpuidFeature.SERIALIZE] = CpuFeature.Serialize,
        [CpuidFeature.LZCNT] = CpuFeature.Lzcnt,
        [CpuidFeature.PREFETCHW] = CpuFeature.Prefetchw,
        [CpuidFeature.SYSCALL] = CpuFeature.Syscall,
        [CpuidFeature.RDTSCP] = CpuFeature.Rdtscp,
        [CpuidFeature.X64] = CpuFeature.LongMode,
        [CpuidFeature.WBNOINVD] = CpuFeature.Wbnoinvd,
    }.ToFrozenDictionary();

    /// <summary>Whether a model has every feature that an instruction needs.</summary>
    public static bool Has(CpuModel model, in Instruction instruction)
    {
        foreach (CpuidFeature needed in instruction.CpuidFeatures)
            if (!s_always.Contains(needed) && !(s_flags.TryGetValue(needed, out CpuFeature flag) && model.Has(flag))) return false;
        return true;
    }
}
