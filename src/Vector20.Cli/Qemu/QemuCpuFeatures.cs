using Vector20.Machine.Processors.Models;

namespace Vector20.Cli.Qemu;

/// <summary>QEMU's names of CPU features: hyphens, dots and underscores mean nothing, and some names are others.</summary>
internal static class QemuCpuFeatures
{
    private static readonly Dictionary<string, CpuFeature> s_names = MakeNames();

    /// <summary>The feature of a name, if there is one here.</summary>
    public static bool TryFind(string name, out CpuFeature feature) => s_names.TryGetValue(Plain(name), out feature);

    private static Dictionary<string, CpuFeature> MakeNames()
    {
        var names = Enum.GetValues<CpuFeature>().ToDictionary(feature => Plain(feature.ToString()));
        names["lm"] = CpuFeature.LongMode;
        names["xd"] = CpuFeature.Nx;
        names["pdpe1gb"] = CpuFeature.Page1Gb;
        names["pni"] = CpuFeature.Sse3;
        names["pclmuldq"] = CpuFeature.Pclmulqdq;
        names["clflush"] = CpuFeature.Clfsh;
        names["lahflm"] = CpuFeature.LahfLong;
        names["abm"] = CpuFeature.Lzcnt;
        names["3dnowprefetch"] = CpuFeature.Prefetchw;
        names["invtsc"] = CpuFeature.InvariantTsc;
        names["flushl1d"] = CpuFeature.L1dFlush;
        names["vmxept"] = CpuFeature.Ept;
        names["vmxeptad"] = CpuFeature.EptAccessedDirty;
        names["vmxunrestrictedguest"] = CpuFeature.UnrestrictedGuest;
        names["vmxshadowvmcs"] = CpuFeature.VmcsShadowing;
        names["vmxpml"] = CpuFeature.PageModificationLogging;
        return names;
    }

    private static string Plain(string name) =>
        name.ToLowerInvariant().Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal);
}
