namespace Vector20.Bench;

/// <summary>What Debian's Bochs is told. It is built with its debugger, which has to be told to go on.</summary>
internal static class BochsConfiguration
{
    /// <summary>The debugger's commands.</summary>
    public const string Debugger = "continue\nquit\n";

    /// <summary>A configuration without a window, whose clock is its own.</summary>
    /// <param name="model">The CPU model.</param>
    /// <param name="millions">Instructions in a second of its time, in millions.</param>
    /// <param name="megabytes">Memory.</param>
    /// <param name="folder">Where its log goes.</param>
    /// <param name="devices">The lines for disks and serial lines.</param>
    public static string Of(string model, int millions, int megabytes, string folder, string devices) => $"""
        romimage: file=/usr/share/bochs/BIOS-bochs-latest
        vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
        cpu: model={model}, count=1, ips={millions}000000, reset_on_triple_fault=0
        megs: {megabytes}
        display_library: rfb, options="timeout=0"
        {devices}
        log: {folder}/log
        panic: action=fatal
        clock: sync=none
        """;
}
