namespace Vector20.Machine.Processors.Models;

/// <summary>What is wrong with a CPU model as it was written.</summary>
/// <param name="Token">The part that is wrong.</param>
/// <param name="What">What is wrong with it.</param>
/// <param name="Mend">What would be right.</param>
public readonly record struct CpuModelError(string Token, string What, string Mend);

/// <summary>Reads what <c>--cpu</c> takes: <c>NAME[,+feature,-feature...]</c>, as in <c>skylake,+umip,-smap</c>.</summary>
public static class CpuModelParser
{
    /// <summary>Every feature name, in the spelling of <c>--cpu</c>.</summary>
    public static IReadOnlyList<string> FeatureNames { get; } = [.. Enum.GetNames<CpuFeature>().Select(name => name.ToLowerInvariant())];

    /// <summary>Reads a model.</summary>
    public static bool TryParse(string text, out CpuModel model, out CpuModelError error)
    {
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        model = CpuModels.Default;
        error = default;
        if (CpuModels.All.FirstOrDefault(known => known.Name.Equals(parts[0], StringComparison.OrdinalIgnoreCase)) is not { } named)
        {
            error = new CpuModelError(parts[0], "is no CPU model", $"give {string.Join(", ", CpuModels.All.Select(known => known.Name))}");
            return false;
        }

        model = named;
        foreach (string change in parts.Skip(1))
        {
            if (!TryChange(change, out CpuFeature feature, out bool present, out error)) return false;
            model = model.With(text, feature, present);
        }

        return Check(model, out error);
    }

    private static bool TryChange(string change, out CpuFeature feature, out bool present, out CpuModelError error)
    {
        present = change.StartsWith('+');
        feature = default;
        error = new CpuModelError(change, "changes no CPU feature", "give +FEATURE or -FEATURE");
        if (!present && !change.StartsWith('-')) return false;
        int index = FeatureNames.ToList().IndexOf(change[1..].ToLowerInvariant());
        if (index < 0)
        {
            error = new CpuModelError(change[1..], "is no CPU feature", $"one of {string.Join(", ", FeatureNames)}");
            return false;
        }

        feature = Enum.GetValues<CpuFeature>()[index];
        error = default;
        return true;
    }

    /// <summary>Features that make no sense without another.</summary>
    private static readonly (CpuFeature Feature, CpuFeature Needs)[] s_needs =
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
    ];

    private static bool Check(CpuModel model, out CpuModelError error)
    {
        foreach ((CpuFeature feature, CpuFeature needs) in s_needs)
        {
            if (!model.Has(feature) || model.Has(needs)) continue;
            string name = needs.ToString().ToLowerInvariant();
            error = new CpuModelError(feature.ToString().ToLowerInvariant(), $"needs the CPU feature {name}", $"give +{name} too");
            return false;
        }

        error = default;
        return true;
    }
}
