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

    private static bool Check(CpuModel model, out CpuModelError error)
    {
        foreach ((CpuFeature feature, CpuFeature needs) in FeatureDependencies.All)
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
