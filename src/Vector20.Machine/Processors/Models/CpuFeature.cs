namespace Vector20.Machine.Processors.Models;

/// <summary>The 32-bit words that feature flags stand in: CPUID leaf, subleaf and register, or none for what VMX alone reports.</summary>
internal static class FeatureWord
{
    public const int Leaf1Edx = 0, Leaf1Ecx = 1, Leaf7Ebx = 2, Leaf7Ecx = 3, Leaf7Edx = 4, LeafDEax = 5, Extended1Ecx = 6, Extended1Edx = 7,
        Extended7Edx = 8, Leaf6Eax = 9, Extended8Ebx = 10, Vmx = 11, Count = 12;
}

#pragma warning disable CS1591 // The manual's own names, in C# form.

/// <summary>
/// What a CPU model may have. The number is the word times 32 plus the bit, so that the CPUID leaves are made from the set.
/// </summary>
[Manual("2A", "3.3", "CPUID—CPU Identification")]
public enum CpuFeature : ushort
{
    Fpu = FeatureWord.Leaf1Edx * 32 + 0,
    Vme = FeatureWord.Leaf1Edx * 32 + 1,
    De = FeatureWord.Leaf1Edx * 32 + 2,
    Pse = FeatureWord.Leaf1Edx * 32 + 3,
    Tsc = FeatureWord.Leaf1Edx * 32 + 4,
    Msr = FeatureWord.Leaf1Edx * 32 + 5,
    Pae = FeatureWord.Leaf1Edx * 32 + 6,
    Mce = FeatureWord.Leaf1Edx * 32 + 7,
    Cx8 = FeatureWord.Leaf1Edx * 32 + 8,
    Apic = FeatureWord.Leaf1Edx * 32 + 9,
    Sep = FeatureWord.Leaf1Edx * 32 + 11,
    Mtrr = FeatureWord.Leaf1Edx * 32 + 12,
    Pge = FeatureWord.Leaf1Edx * 32 + 13,
    Mca = FeatureWord.Leaf1Edx * 32 + 14,
    Cmov = FeatureWord.Leaf1Edx * 32 + 15,
    Pat = FeatureWord.Leaf1Edx * 32 + 16,
    Pse36 = FeatureWord.Leaf1Edx * 32 + 17,
    Clfsh = FeatureWord.Leaf1Edx * 32 + 19,
    Mmx = FeatureWord.Leaf1Edx * 32 + 23,
    Fxsr = FeatureWord.Leaf1Edx * 32 + 24,
    Sse = FeatureWord.Leaf1Edx * 32 + 25,
    Sse2 = FeatureWord.Leaf1Edx * 32 + 26,

    Sse3 = FeatureWord.Leaf1Ecx * 32 + 0,
    Pclmulqdq = FeatureWord.Leaf1Ecx * 32 + 1,
    Monitor = FeatureWord.Leaf1Ecx * 32 + 3,
    Vmx = FeatureWord.Leaf1Ecx * 32 + 5,
    Ssse3 = FeatureWord.Leaf1Ecx * 32 + 9,
    Fma = FeatureWord.Leaf1Ecx * 32 + 12,
    Cx16 = FeatureWord.Leaf1Ecx * 32 + 13,
    Pcid = FeatureWord.Leaf1Ecx * 32 + 17,
    Sse41 = FeatureWord.Leaf1Ecx * 32 + 19,
    Sse42 = FeatureWord.Leaf1Ecx * 32 + 20,
    X2Apic = FeatureWord.Leaf1Ecx * 32 + 21,
    Movbe = FeatureWord.Leaf1Ecx * 32 + 22,
    Popcnt = FeatureWord.Leaf1Ecx * 32 + 23,
    TscDeadline = FeatureWord.Leaf1Ecx * 32 + 24,
    Aes = FeatureWord.Leaf1Ecx * 32 + 25,
    Xsave = FeatureWord.Leaf1Ecx * 32 + 26,
    Avx = FeatureWord.Leaf1Ecx * 32 + 28,
    F16c = FeatureWord.Leaf1Ecx * 32 + 29,
    Rdrand = FeatureWord.Leaf1Ecx * 32 + 30,

    FsGsBase = FeatureWord.Leaf7Ebx * 32 + 0,
    TscAdjust = FeatureWord.Leaf7Ebx * 32 + 1,
    Bmi1 = FeatureWord.Leaf7Ebx * 32 + 3,
    Avx2 = FeatureWord.Leaf7Ebx * 32 + 5,
    Smep = FeatureWord.Leaf7Ebx * 32 + 7,
    Bmi2 = FeatureWord.Leaf7Ebx * 32 + 8,
    Erms = FeatureWord.Leaf7Ebx * 32 + 9,
    Invpcid = FeatureWord.Leaf7Ebx * 32 + 10,
    Rdseed = FeatureWord.Leaf7Ebx * 32 + 18,
    Adx = FeatureWord.Leaf7Ebx * 32 + 19,
    Smap = FeatureWord.Leaf7Ebx * 32 + 20,
    Clflushopt = FeatureWord.Leaf7Ebx * 32 + 23,
    Clwb = FeatureWord.Leaf7Ebx * 32 + 24,

    Umip = FeatureWord.Leaf7Ecx * 32 + 2,
    Pku = FeatureWord.Leaf7Ecx * 32 + 3,
    La57 = FeatureWord.Leaf7Ecx * 32 + 16,
    Rdpid = FeatureWord.Leaf7Ecx * 32 + 22,
    Movdiri = FeatureWord.Leaf7Ecx * 32 + 27,

    Serialize = FeatureWord.Leaf7Edx * 32 + 14,
    SpecCtrl = FeatureWord.Leaf7Edx * 32 + 26,
    Stibp = FeatureWord.Leaf7Edx * 32 + 27,
    L1dFlush = FeatureWord.Leaf7Edx * 32 + 28,
    ArchCapabilities = FeatureWord.Leaf7Edx * 32 + 29,
    Ssbd = FeatureWord.Leaf7Edx * 32 + 31,

    Xsaveopt = FeatureWord.LeafDEax * 32 + 0,
    Xsavec = FeatureWord.LeafDEax * 32 + 1,
    Xgetbv1 = FeatureWord.LeafDEax * 32 + 2,
    Xsaves = FeatureWord.LeafDEax * 32 + 3,

    LahfLong = FeatureWord.Extended1Ecx * 32 + 0,
    Lzcnt = FeatureWord.Extended1Ecx * 32 + 5,
    Prefetchw = FeatureWord.Extended1Ecx * 32 + 8,

    Syscall = FeatureWord.Extended1Edx * 32 + 11,
    Nx = FeatureWord.Extended1Edx * 32 + 20,
    Page1Gb = FeatureWord.Extended1Edx * 32 + 26,
    Rdtscp = FeatureWord.Extended1Edx * 32 + 27,
    LongMode = FeatureWord.Extended1Edx * 32 + 29,

    InvariantTsc = FeatureWord.Extended7Edx * 32 + 8,
    Arat = FeatureWord.Leaf6Eax * 32 + 2,
    Wbnoinvd = FeatureWord.Extended8Ebx * 32 + 9,

    Ept = FeatureWord.Vmx * 32 + 0,
    Ept5Level = FeatureWord.Vmx * 32 + 1,
    EptAccessedDirty = FeatureWord.Vmx * 32 + 2,
    EptViolationVe = FeatureWord.Vmx * 32 + 3,
    UnrestrictedGuest = FeatureWord.Vmx * 32 + 4,
    ApicVirtualization = FeatureWord.Vmx * 32 + 5,
    Vmfunc = FeatureWord.Vmx * 32 + 6,
    VmcsShadowing = FeatureWord.Vmx * 32 + 7,
    PageModificationLogging = FeatureWord.Vmx * 32 + 8,
    IpiVirtualization = FeatureWord.Vmx * 32 + 9,
}
#pragma warning restore CS1591
