namespace Vector20.Machine.Processors.Models;

/// <summary>The named CPU models. Each is a processor of its generation, without AVX-512, MPX and SHA.</summary>
public static class CpuModels
{
    private static readonly CpuFeature[] s_pentium =
    [
        CpuFeature.Fpu, CpuFeature.Vme, CpuFeature.De, CpuFeature.Pse, CpuFeature.Tsc, CpuFeature.Msr, CpuFeature.Mce, CpuFeature.Cx8, CpuFeature.Apic,
    ];

    private static readonly CpuFeature[] s_nehalem =
    [
        .. s_pentium, CpuFeature.Pae, CpuFeature.Sep, CpuFeature.Mtrr, CpuFeature.Pge, CpuFeature.Mca, CpuFeature.Cmov, CpuFeature.Pat,
        CpuFeature.Pse36, CpuFeature.Clfsh, CpuFeature.Monitor, CpuFeature.Cx16, CpuFeature.X2Apic, CpuFeature.Popcnt, CpuFeature.LahfLong,
        CpuFeature.Syscall, CpuFeature.Nx, CpuFeature.Rdtscp, CpuFeature.LongMode, CpuFeature.InvariantTsc,
        CpuFeature.Vmx, CpuFeature.Ept, CpuFeature.Mmx, CpuFeature.Fxsr, CpuFeature.Sse, CpuFeature.Sse2, CpuFeature.Sse3, CpuFeature.Ssse3,
        CpuFeature.Sse41, CpuFeature.Sse42,
    ];

    private static readonly CpuFeature[] s_haswell =
    [
        .. s_nehalem, CpuFeature.Pcid, CpuFeature.Movbe, CpuFeature.TscDeadline, CpuFeature.Xsave, CpuFeature.Rdrand, CpuFeature.FsGsBase,
        CpuFeature.TscAdjust, CpuFeature.Bmi1, CpuFeature.Smep, CpuFeature.Bmi2, CpuFeature.Erms, CpuFeature.Invpcid, CpuFeature.Lzcnt,
        CpuFeature.Page1Gb, CpuFeature.Arat, CpuFeature.EptAccessedDirty, CpuFeature.UnrestrictedGuest, CpuFeature.ApicVirtualization,
        CpuFeature.Vmfunc, CpuFeature.VmcsShadowing, CpuFeature.Aes, CpuFeature.Pclmulqdq, CpuFeature.Avx, CpuFeature.Avx2, CpuFeature.Fma,
        CpuFeature.F16c, CpuFeature.Xsaveopt,
    ];

    private static readonly CpuFeature[] s_skylake =
    [
        .. s_haswell, CpuFeature.Rdseed, CpuFeature.Adx, CpuFeature.Smap, CpuFeature.Clflushopt, CpuFeature.Clwb, CpuFeature.Pku,
        CpuFeature.Prefetchw, CpuFeature.SpecCtrl, CpuFeature.Stibp, CpuFeature.L1dFlush, CpuFeature.ArchCapabilities, CpuFeature.Ssbd,
        CpuFeature.EptViolationVe, CpuFeature.PageModificationLogging, CpuFeature.Xsavec, CpuFeature.Xgetbv1, CpuFeature.Xsaves,
    ];

    private static readonly CpuFeature[] s_icelake =
    [
        .. s_skylake, CpuFeature.Umip, CpuFeature.La57, CpuFeature.Rdpid, CpuFeature.Wbnoinvd, CpuFeature.Ept5Level,
    ];

    private static readonly CpuFeature[] s_default =
    [
        .. s_skylake, CpuFeature.Umip, CpuFeature.La57, CpuFeature.Rdpid, CpuFeature.Movdiri, CpuFeature.Serialize, CpuFeature.Ept5Level,
    ];

    /// <summary>Every model, the default first.</summary>
    public static IReadOnlyList<CpuModel> All { get; } =
    [
        Make("default", new(0x0005_0654, "Vector20 processor", 0x1F, 46, 2000, 0x0200_0065), s_default),
        Make("icelake", new(0x0006_06A6, "Vector20 processor (Ice Lake server class)", 0x1F, 52, 2000, 0x0D00_0390), s_icelake),
        Make("skylake", new(0x0005_0654, "Vector20 processor (Skylake server class)", 0x16, 46, 2000, 0x0200_0065), s_skylake),
        Make("haswell", new(0x0003_06F2, "Vector20 processor (Haswell server class)", 0xF, 46, 2300, 0x49), s_haswell),
        Make("nehalem", new(0x0001_06A5, "Vector20 processor (Nehalem class)", 0xB, 40, 2600, 0x1D), s_nehalem),
        Make("pentium", new(0x0000_0543, "Vector20 processor (Pentium class)", 1, 32, 100, 0), s_pentium),
    ];

    /// <summary>The default model.</summary>
    public static CpuModel Default => All[0];

    private static CpuModel Make(string name, CpuIdentity identity, CpuFeature[] features) => new(name, identity, FeatureSet.Of(features));
}
