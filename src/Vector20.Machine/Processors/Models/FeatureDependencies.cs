namespace Vector20.Machine.Processors.Models;

/// <summary>Features that make no sense without another.</summary>
public static class FeatureDependencies
{
    /// <summary>Every pair: a feature, and one that it needs.</summary>
    public static IReadOnlyList<(CpuFeature Feature, CpuFeature Needs)> All { get; } =
    [
        (CpuFeature.LongMode, CpuFeature.Pae), (CpuFeature.La57, CpuFeature.LongMode), (CpuFeature.Syscall, CpuFeature.LongMode),
        (CpuFeature.Nx, CpuFeature.Pae), (CpuFeature.Page1Gb, CpuFeature.LongMode), (CpuFeature.Pcid, CpuFeature.LongMode),
        (CpuFeature.Mmx, CpuFeature.Fpu), (CpuFeature.Fxsr, CpuFeature.Fpu), (CpuFeature.Sse, CpuFeature.Fxsr), (CpuFeature.Sse, CpuFeature.Mmx),
        (CpuFeature.Sse2, CpuFeature.Sse), (CpuFeature.Sse3, CpuFeature.Sse2), (CpuFeature.Ssse3, CpuFeature.Sse3), (CpuFeature.Sse41, CpuFeature.Ssse3),
        (CpuFeature.Sse42, CpuFeature.Sse41), (CpuFeature.Aes, CpuFeature.Sse2), (CpuFeature.Pclmulqdq, CpuFeature.Sse2), (CpuFeature.Xsave, CpuFeature.Fxsr),
        (CpuFeature.Avx, CpuFeature.Xsave), (CpuFeature.Avx, CpuFeature.Sse42), (CpuFeature.Avx2, CpuFeature.Avx), (CpuFeature.Fma, CpuFeature.Avx),
        (CpuFeature.F16c, CpuFeature.Avx), (CpuFeature.Xsaveopt, CpuFeature.Xsave), (CpuFeature.Xsavec, CpuFeature.Xsave),
        (CpuFeature.Xgetbv1, CpuFeature.Xsave), (CpuFeature.Xsaves, CpuFeature.Xsavec), (CpuFeature.LongMode, CpuFeature.Sse2),
        (CpuFeature.Pku, CpuFeature.Xsave), (CpuFeature.X2Apic, CpuFeature.Apic), (CpuFeature.TscDeadline, CpuFeature.Apic),
        (CpuFeature.Ept, CpuFeature.Vmx), (CpuFeature.EptViolationVe, CpuFeature.Ept), (CpuFeature.Ept5Level, CpuFeature.Ept),
        (CpuFeature.EptAccessedDirty, CpuFeature.Ept), (CpuFeature.UnrestrictedGuest, CpuFeature.Ept), (CpuFeature.Vmfunc, CpuFeature.Ept),
        (CpuFeature.ApicVirtualization, CpuFeature.Vmx), (CpuFeature.Vmx, CpuFeature.LongMode),
        (CpuFeature.IpiVirtualization, CpuFeature.ApicVirtualization),
    ];

    /// <summary>A feature, and all that cannot be had without it.</summary>
    public static IReadOnlyCollection<CpuFeature> WithDependents(CpuFeature feature)
    {
        var found = new HashSet<CpuFeature> { feature };
        int before;
        do
        {
            before = found.Count;
            foreach ((CpuFeature dependent, CpuFeature needs) in All)
                if (found.Contains(needs)) found.Add(dependent);
        }
        while (found.Count > before);
        return found;
    }
}
