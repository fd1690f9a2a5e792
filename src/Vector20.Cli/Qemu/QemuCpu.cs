using System.Text.RegularExpressions;
using Vector20.Cli.Options;
using Vector20.Machine.Images;
using Vector20.Machine.Processors.Models;

namespace Vector20.Cli.Qemu;

/// <summary><c>-cpu</c>: QEMU's names of models and features, onto those that are here.</summary>
internal static partial class QemuCpu
{
    private const string PhysicalBits = "phys-bits", Vendor = "GenuineIntel";
    private const ulong LeastBits = 32, MostBits = 52;

    /// <summary>What may be said of a model because it is so anyway, or says nothing about the processor.</summary>
    private static readonly (string Key, string[] Values)[] s_given =
    [
        ("vendor", [Vendor]), ("pmu", ["off"]), ("kvm", ["off"]), ("host-phys-bits", ["on", "off"]), ("migratable", ["on", "off", "yes", "no"]),
        ("check", ["on", "off"]), ("enforce", ["on", "off"]), ("hypervisor", ["off"]), ("l3-cache", ["on"]), ("x-force-features", ["off"]),
    ];

    /// <summary>The names, for the help.</summary>
    public static IEnumerable<string> List =>
    [
        .. QemuCpuModels.All.Select(model => $"{model.Name,-20} {model.Is}"),
        $"features: {string.Join(' ', CpuModelParser.FeatureNames)}, and QEMU's spellings of them",
    ];

    public static ImageError? Read(QemuSettings settings, string text)
    {
        List<string> parts = QemuText.Parts(text);
        if (QemuCpuModels.Find(Generation().Replace(parts[0], "")) is not { } named)
            return QemuText.Refuse("-cpu", parts[0], "is no CPU model here", $"give {string.Join(", ", QemuCpuModels.All.Select(model => model.Name))}");
        string translated = named;
        ulong? bits = null;
        settings.AsksForVmx = false;
        foreach (string part in parts.Skip(1))
        {
            (string key, string value) = Split(part);
            if (key == PhysicalBits)
            {
                if (!Values.TryNumber(value, out ulong number) || number is < LeastBits or > MostBits) return QemuText.Refuse("-cpu", part, "is no width of physical addresses", $"give {LeastBits} to {MostBits}");
                bits = number;
            }
            else if (QemuCpuFeatures.TryFind(key, out CpuFeature feature) && value is "on" or "off")
            {
                translated += Change(feature, value == "on");
                settings.AsksForVmx |= feature == CpuFeature.Vmx && value == "on";
            }
            else if (!s_given.Any(given => given.Key == key && given.Values.Contains(value)))
            {
                return QemuText.Refuse("-cpu", part, "is nothing this processor can have", "-cpu help lists the models and features");
            }
        }

        if (!CpuModelParser.TryParse(translated, out CpuModel model, out CpuModelError error)) return QemuText.Refuse("-cpu", error.Token, error.What, error.Mend);
        settings.Model = bits is { } width ? model.WithPhysicalAddressBits((int)width) : model;
        return null;
    }

    /// <summary>'+name', '-name', 'name=value', 'name'.</summary>
    private static (string Key, string Value) Split(string part)
    {
        if (part.StartsWith('+')) return (part[1..], "on");
        if (part.StartsWith('-')) return (part[1..], "off");
        string[] pair = part.Split('=', 2);
        return (pair[0], pair.Length == 2 ? pair[1] : "on");
    }

    /// <summary>A feature goes with those that need it, and comes alone.</summary>
    private static string Change(CpuFeature feature, bool present) => present
        ? $",+{NameOf(feature)}"
        : string.Concat(FeatureDependencies.WithDependents(feature).Select(dependent => $",-{NameOf(dependent)}"));

    private static string NameOf(CpuFeature feature) => feature.ToString().ToLowerInvariant();

    /// <summary>What tells versions of one model apart: they are one here.</summary>
    [GeneratedRegex("(-v[0-9]+|-noTSX|-IBRS|-noTSX-IBRS)+$")]
    private static partial Regex Generation();
}
