using System.Diagnostics;

namespace Vector20.Bench.Linux;

/// <summary>Something that boots Linux with a console on its serial line, which is its output or a file.</summary>
internal interface ILinuxEmulator
{
    /// <summary>Its name in the table.</summary>
    string Name { get; }

    /// <summary>What it needs and this machine lacks; null if nothing.</summary>
    string? Lacks(LinuxBoot boot);

    /// <summary>How to start it, in a folder of its own; and the file its serial line goes to, if not its output.</summary>
    (ProcessStartInfo Start, string? Serial) Prepare(LinuxBoot boot, string folder);
}

/// <summary>Vector20 as its users start it.</summary>
internal sealed class OwnLinux(string program, bool translates) : ILinuxEmulator
{
    public string Name { get; } = translates ? "Vector20" : "Vector20, first tier alone";

    public string? Lacks(LinuxBoot boot) => null;

    public (ProcessStartInfo Start, string? Serial) Prepare(LinuxBoot boot, string folder) => (Programs.Start(program,
    [
        "run", "--bare", "--kernel", boot.KernelPath, "--initrd", boot.InitrdPath, "--smp", $"{boot.Processors}", "-m", $"{boot.Megabytes}M", "--append", boot.CommandLine,
        .. translates ? Array.Empty<string>() : ["--translate-after", "0"],
    ]), null);
}

/// <summary>Debian's QEMU, its translator on one thread. It has no VMX.</summary>
internal sealed class QemuLinux : ILinuxEmulator
{
    private const string Program = "qemu-system-x86_64";

    public string Name => "QEMU TCG";

    public string? Lacks(LinuxBoot boot) => Programs.Exist(Program) ? null : Program;

    public (ProcessStartInfo Start, string? Serial) Prepare(LinuxBoot boot, string folder) => (Programs.Start(Program,
    [
        "-accel", "tcg,thread=single", "-cpu", "max", "-smp", $"{boot.Processors}", "-m", $"{boot.Megabytes}", "-display", "none", "-nodefaults", "-no-reboot", "-serial", "stdio",
        "-kernel", boot.KernelPath, "-initrd", boot.InitrdPath, "-append", boot.CommandLine,
    ]), null);
}

/// <summary>Debian's Bochs, from a CD that xorriso writes with ISOLINUX. It is built for one processor.</summary>
internal sealed class BochsLinux : ILinuxEmulator
{
    private const string IsoLinux = "/usr/lib/ISOLINUX/isolinux.bin", Loader = "/usr/lib/syslinux/modules/bios/ldlinux.c32";

    public string Name => "Bochs";

    public string? Lacks(LinuxBoot boot) => boot.Processors > 1 ? "more than one processor"
        : Array.Find(["bochs", "xorriso"], program => !Programs.Exist(program)) ?? Array.Find([IsoLinux, Loader], file => !File.Exists(file));

    public (ProcessStartInfo Start, string? Serial) Prepare(LinuxBoot boot, string folder)
    {
        string serial = Path.Combine(folder, "serial"), disc = WriteDisc(boot, folder), configuration = Path.Combine(folder, "bochsrc"), debugger = Path.Combine(folder, "debugger");
        File.WriteAllText(configuration, BochsConfiguration.Of("corei7_skylake_x", 100, boot.Megabytes, folder, $"""
            ata0: enabled=1
            ata0-master: type=cdrom, path={disc}, status=inserted
            boot: cdrom
            com1: enabled=1, mode=file, dev={serial}
            """));
        File.WriteAllText(debugger, BochsConfiguration.Debugger);
        return (Programs.Start("bochs", ["-q", "-f", configuration, "-rc", debugger]), serial);
    }

    private static string WriteDisc(LinuxBoot boot, string folder)
    {
        string content = Path.Combine(folder, "content"), loader = Path.Combine(content, "isolinux"), disc = Path.Combine(folder, "disc.iso");
        Directory.CreateDirectory(loader);
        File.Copy(boot.KernelPath, Path.Combine(content, "vmlinuz"));
        File.Copy(boot.InitrdPath, Path.Combine(content, "initrd"));
        File.Copy(IsoLinux, Path.Combine(loader, "isolinux.bin"));
        File.Copy(Loader, Path.Combine(loader, "ldlinux.c32"));
        File.WriteAllText(Path.Combine(loader, "isolinux.cfg"), $"default linux\nprompt 0\nlabel linux\n kernel /vmlinuz\n append initrd=/initrd {boot.CommandLine}\n");
        using Process process = Process.Start(Programs.Start("xorriso",
        [
            "-as", "mkisofs", "-quiet", "-o", disc, "-b", "isolinux/isolinux.bin", "-c", "isolinux/boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", content,
        ]))!;
        Programs.Drain(process);
        process.WaitForExit();
        return disc;
    }
}
