using Vector20.Machine.Images;

namespace Vector20.Cli.Qemu;

/// <summary><c>-machine</c> and <c>-accel</c>: there is one PC, on the bare machine or under the built-in hypervisor.</summary>
internal static class QemuMachine
{
    /// <summary>The accelerators' names.</summary>
    public static readonly string[] Accelerators = ["tcg", "kvm"];

    /// <summary>What may be said of a machine, because it is so or because it makes no difference here.</summary>
    private static readonly Dictionary<string, string[]> s_keys = new()
    {
        ["kernel_irqchip"] = ["on", "off", "split"],
        ["vmport"] = ["off", "auto"],
        ["smm"] = ["off", "auto"],
        ["usb"] = ["off"],
        ["graphics"] = ["off", "on"],
        ["dump_guest_core"] = ["on", "off"],
        ["mem_merge"] = ["on", "off"],
    };

    /// <summary>The keys and their values, for the help.</summary>
    public static IEnumerable<string> Keys => s_keys.Select(key => $"{key.Key}={string.Join('|', key.Value)}").Prepend("hpet=on|off").Prepend($"accel={string.Join('|', Accelerators)}");

    public static ImageError? Read(QemuSettings settings, string text)
    {
        foreach ((string key, string value) in QemuText.Pairs(text, "type"))
        {
            string name = key.Replace('-', '_');
            if (name == "type" ? IsPc(value) : s_keys.TryGetValue(name, out string[]? values) && values.Contains(value)) continue;
            if (name == "type") return QemuText.Refuse("-machine", value, "is no machine here", "give pc or q35");
            if (name == "hpet" && value is "on" or "off")
            {
                settings.Hpet = value == "on";
                continue;
            }

            if (name != "accel") return QemuText.Refuse("-machine", $"{key}={value}", "cannot be had here", $"give {string.Join(", ", Keys)}");
            if (Choose(settings, value.Split(':')[0], "-machine") is { } error) return error;
        }

        return null;
    }

    public static ImageError? Accelerator(QemuSettings settings, string text)
    {
        foreach ((string key, string value) in QemuText.Pairs(text, "accel"))
        {
            if (key == "accel" && Choose(settings, value, "-accel") is { } error) return error;
            bool known = key == "accel" || key == "thread" || key.Replace('-', '_') == "kernel_irqchip" && s_keys["kernel_irqchip"].Contains(value);
            if (!known) return QemuText.Refuse("-accel", $"{key}={value}", "cannot be had here", "leave it out");
        }

        return null;
    }

    private static bool IsPc(string type) =>
        type is "pc" or "q35" || type.StartsWith("pc-i440fx-", StringComparison.Ordinal) || type.StartsWith("pc-q35-", StringComparison.Ordinal);

    private static ImageError? Choose(QemuSettings settings, string accelerator, string option)
    {
        if (!Accelerators.Contains(accelerator)) return QemuText.Refuse(option, accelerator, "is no accelerator here", "give tcg (the bare machine) or kvm (the built-in hypervisor)");
        settings.UnderHypervisor = accelerator == "kvm";
        return null;
    }
}
