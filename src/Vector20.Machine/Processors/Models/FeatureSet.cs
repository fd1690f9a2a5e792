namespace Vector20.Machine.Processors.Models;

/// <summary>A set of <see cref="CpuFeature"/>, as the words that CPUID reports.</summary>
internal readonly struct FeatureSet
{
    private readonly uint[] _words;

    private FeatureSet(uint[] words) => _words = words;

    /// <summary>The set of some features.</summary>
    public static FeatureSet Of(params ReadOnlySpan<CpuFeature> features)
    {
        var words = new uint[FeatureWord.Count];
        foreach (CpuFeature feature in features) words[(int)feature >> 5] |= Bit(feature);
        return new FeatureSet(words);
    }

    /// <summary>One word of the set: a CPUID register.</summary>
    public uint this[int word] => _words[word];

    /// <summary>Whether a feature is in the set.</summary>
    public bool Has(CpuFeature feature) => (_words[(int)feature >> 5] & Bit(feature)) != 0;

    /// <summary>The set with one feature more.</summary>
    public FeatureSet With(CpuFeature feature)
    {
        uint[] words = [.. _words];
        words[(int)feature >> 5] |= Bit(feature);
        return new FeatureSet(words);
    }

    /// <summary>The set without one feature.</summary>
    public FeatureSet Without(CpuFeature feature)
    {
        uint[] words = [.. _words];
        words[(int)feature >> 5] &= ~Bit(feature);
        return new FeatureSet(words);
    }

    private static uint Bit(CpuFeature feature) => 1u << ((int)feature & 31);
}
