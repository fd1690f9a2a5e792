using Vector20.Cli.Output;

namespace Vector20.Cli.Qemu;

/// <summary>The help, and the lists that <c>help</c> or <c>?</c> as a value asks for. Scripts look for QEMU's name and for devices' names in quotes.</summary>
internal static class QemuHelp
{
    /// <summary>The version of QEMU whose spelling it is.</summary>
    private const string Version = "Vector20 as QEMU 7.2.0";

    /// <summary>Prints what the arguments ask for. False when they ask for nothing of it.</summary>
    public static bool PrintIfAskedFor(IReadOnlyList<string> arguments, Streams streams)
    {
        for (int i = 0; i < arguments.Count; i++)
        {
            string option = arguments[i].TrimStart('-');
            if (arguments[i].StartsWith('-') && option is "h" or "help" or "version") return Print(Text(option), streams);
            if (i + 1 < arguments.Count && arguments[i + 1] is "help" or "?" && List(option) is { } list) return Print(list, streams);
        }

        return false;
    }

    private static IEnumerable<string> Text(string option)
    {
        yield return Version;
        if (option == "version") yield break;
        yield return "usage: vector20-qemu -kernel file [options]";
        yield return "";
        foreach (QemuOption known in QemuOptions.All) yield return $"-{known.Name} {known.Value}".PadRight(40) + $" {known.What}";
        yield return "";
        yield return "Exit codes: (value << 1) | 1 from isa-debug-exit; 0 power-off, and reset with -no-reboot; 2 bad usage;";
        yield return $"{QemuEndings.CheckFired} the #VE check fired; {QemuEndings.Stuck} the run could not go on. docs/qemu.md says more.";
    }

    private static IEnumerable<string>? List(string option) => option switch
    {
        "device" => QemuDevices.All.Select(device => $"name \"{device.Name}\", bus ISA, desc \"{device.What}\""),
        "cpu" => QemuCpu.List,
        "machine" or "M" => ["pc", "q35", .. QemuMachine.Keys],
        "accel" => QemuMachine.Accelerators,
        _ => null,
    };

    private static bool Print(IEnumerable<string> lines, Streams streams)
    {
        foreach (string line in lines) streams.Output.WriteLine(line);
        return true;
    }
}
