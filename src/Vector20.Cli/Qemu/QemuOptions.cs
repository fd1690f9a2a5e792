using Vector20.Cli.Options;
using Vector20.Machine.Images;

namespace Vector20.Cli.Qemu;

/// <summary>The options that are understood, and the reader of a command line of them.</summary>
internal static class QemuOptions
{
    /// <summary>Every option.</summary>
    public static IReadOnlyList<QemuOption> All { get; } =
    [
        QemuOption.Text("kernel", "file", "the image: multiboot 1, Linux bzImage or ELF64", (settings, text) => settings.Kernel = text),
        QemuOption.Text("initrd", "file", "initial RAM disk, or multiboot modules: 'file arguments,file arguments'", (settings, text) => settings.Initrd = text),
        QemuOption.Text("append", "text", "the image's command line", (settings, text) => settings.Append = text),
        new("smp", "[cpus=]n", "number of processors, 1-255; sockets, dies and threads are 1, cores are n", QemuProcessors.Read),
        new("m", "[size=]n", "RAM: MiB, or with K, M, G", Memory),
        new("cpu", "model,+feature,-feature", "CPU model; 'help' lists them", QemuCpu.Read),
        new("machine", "type,accel=..", "pc or q35, both the one PC there is; 'help' lists the rest", QemuMachine.Read),
        new("M", "type,accel=..", "the same", QemuMachine.Read),
        new("accel", "tcg|kvm", "tcg: on the bare machine; kvm: as a guest of the built-in hypervisor, with the #VE check on", QemuMachine.Accelerator),
        QemuOption.Switch("enable-kvm", "the same as -accel kvm", settings => settings.UnderHypervisor = true),
        new("device", "name,key=value", "a device; 'help' lists them", QemuDevices.Read),
        new("fw_cfg", "[name=]name,string=text|file=path", "a file for the fw_cfg device", QemuFirmwareFiles.Read),
        new("serial", "stdio|mon:stdio|file:path|null|none", "where the serial line goes", QemuSerial.Read),
        QemuOption.Switch("nographic", "no screen, and the serial line on the terminal", settings => settings.NoGraphic = true),
        QemuOption.Switch("no-reboot", "a reset or a triple fault ends the run, with exit code 0", settings => settings.NoReboot = true),
        QemuOption.Switch("no-hpet", "without the high precision event timer", settings => settings.Hpet = false),
        QemuOption.Switch("nodefaults", "no devices but those asked for: so it is anyway", _ => { }),
        QemuOption.Switch("no-user-config", "there is no configuration file anyway", _ => { }),
        QemuOption.Text("name", "text", "a name for the run, not used", (_, _) => { }),
        QemuOption.Fixed("display", "the screen", "none"),
        QemuOption.Fixed("vga", "the screen's adapter", "std", "none"),
        QemuOption.Fixed("vnc", "the screen over the network", "none"),
        QemuOption.Fixed("monitor", "QEMU's command line", "none", "null", "/dev/null"),
        QemuOption.Fixed("parallel", "the parallel port", "none", "null"),
        QemuOption.Fixed("net", "the network", "none"),
        QemuOption.Fixed("nic", "the network", "none"),
    ];

    /// <summary>Reads a command line; one hyphen before an option or two.</summary>
    public static Parsed<QemuSettings> Read(IReadOnlyList<string> arguments)
    {
        var settings = new QemuSettings();
        for (int i = 0; i < arguments.Count; i++)
        {
            string given = arguments[i];
            if (Find(given) is not { } option)
                return new ImageError(given, given.StartsWith('-') ? "is no option here" : "a disk image cannot be booted", "docs/qemu.md and -help list the options");
            bool takesValue = option.Value.Length > 0;
            if (takesValue && ++i == arguments.Count) return new ImageError(given, "its value is missing", $"give {option.Value}");
            if (option.Apply(settings, takesValue ? arguments[i] : "") is { } error) return error;
        }

        return settings;
    }

    private static QemuOption? Find(string given)
    {
        if (!given.StartsWith('-')) return null;
        string name = given[(given.StartsWith("--", StringComparison.Ordinal) ? 2 : 1)..];
        return All.FirstOrDefault(option => option.Name == name);
    }

    private static ImageError? Memory(QemuSettings settings, string text)
    {
        foreach ((string key, string value) in QemuText.Pairs(text, "size"))
        {
            if (key != "size") return QemuText.Refuse("-m", key, "cannot be had here: no memory can be plugged in", "give the size alone");
            if (!Values.TryMemorySize(value, out ulong size, out (string What, string Mend) refusal)) return QemuText.Refuse("-m", value, refusal.What, refusal.Mend);
            settings.Memory = size;
        }

        return null;
    }
}
