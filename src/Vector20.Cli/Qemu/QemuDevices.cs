using Vector20.Cli.Options;
using Vector20.Machine.Images;
using Vector20.Machine.Platform;

namespace Vector20.Cli.Qemu;

/// <summary><c>-device</c>: what is on a PC only when it is asked for.</summary>
internal static class QemuDevices
{
    private const string DebugExit = "isa-debug-exit", Test = "pc-testdev";
    private const ulong DefaultPort = 0x501, DefaultPorts = 2, MostPorts = 8;

    /// <summary>Every device's name, with a line.</summary>
    public static IReadOnlyList<(string Name, string What)> All { get; } =
    [
        (DebugExit, "ends the run with status (value << 1) | 1: iobase=, iosize="),
        (Test, "interrupt lines, ports and memory to test with"),
    ];

    public static ImageError? Read(QemuSettings settings, string text)
    {
        (string Key, string Value)[] pairs = [.. QemuText.Pairs(text, "driver")];
        string name = pairs.First(pair => pair.Key == "driver" || pair == pairs[0]).Value;
        (string Key, string Value)[] properties = [.. pairs.Where(pair => pair.Key is not "driver" and not "id")];
        return name switch
        {
            DebugExit => ReadDebugExit(settings, properties),
            Test => ReadTest(settings, properties),
            _ => QemuText.Refuse("-device", name, "is no device here", $"give {string.Join(" or ", All.Select(device => device.Name))}"),
        };
    }

    private static ImageError? ReadDebugExit(QemuSettings settings, (string Key, string Value)[] properties)
    {
        if (settings.ExitPort is not null) return QemuText.Refuse("-device", DebugExit, "is there already", "give it once");
        ulong first = DefaultPort, count = DefaultPorts;
        foreach ((string key, string value) in properties)
        {
            if (key is not ("iobase" or "iosize")) return NoProperty(DebugExit, key, "give iobase and iosize");
            ulong most = key == "iobase" ? ushort.MaxValue : MostPorts;
            if (!Values.TryNumber(value, out ulong number) || number > most || key == "iosize" && number == 0)
                return QemuText.Refuse("-device", $"{key}={value}", $"is none of {DebugExit}", $"give up to 0x{most:x}");
            if (key == "iobase") first = number;
            else count = number;
        }

        if (first + count > ushort.MaxValue + 1) return QemuText.Refuse("-device", $"iobase=0x{first:x}", "with its iosize reaches beyond port FFFFH", "give less");
        settings.ExitPort = new PortRange((ushort)first, (int)count);
        return null;
    }

    private static ImageError? ReadTest(QemuSettings settings, (string Key, string Value)[] properties)
    {
        if (properties.Length > 0) return NoProperty(Test, properties[0].Key, "it has none");
        if (settings.TestDevice) return QemuText.Refuse("-device", Test, "is there already", "give it once");
        settings.TestDevice = true;
        return null;
    }

    private static ImageError NoProperty(string device, string key, string mend) => QemuText.Refuse("-device", key, $"is no property of {device}", mend);
}
