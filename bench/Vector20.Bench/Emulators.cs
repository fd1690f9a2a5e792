using System.Diagnostics;

namespace Vector20.Bench;

/// <summary>Something that runs a boot image until the image switches it off.</summary>
internal interface IEmulator
{
    /// <summary>Its name in the table.</summary>
    string Name { get; }

    /// <summary>Runs an image; seconds it took, start-up included, or null if it did not end in time.</summary>
    double? Run(byte[] image);
}

/// <summary>An emulator that is a program of its own.</summary>
internal abstract class ExternalEmulator(string name, string program) : IEmulator
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public string Name { get; } = name;

    /// <summary>Whether the program is installed.</summary>
    public bool Exists { get; } = Programs.Exist(program);

    public double? Run(byte[] image)
    {
        string folder = Directory.CreateTempSubdirectory("vector20-bench-").FullName;
        try
        {
            string disk = Path.Combine(folder, "floppy.img");
            byte[] floppy = new byte[1_474_560];
            image.CopyTo(floppy, 0);
            File.WriteAllBytes(disk, floppy);
            ProcessStartInfo start = Programs.Start(program, Arguments(folder, disk));
            start.WorkingDirectory = folder;
            return Time(start);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    /// <summary>The command line that boots a floppy image without a window.</summary>
    protected abstract IEnumerable<string> Arguments(string folder, string disk);

    /// <summary>Its exit code after the image wrote 0 to the exit port, or switched the machine off: a triple fault must not count.</summary>
    protected abstract int Success { get; }

    private double? Time(ProcessStartInfo start)
    {
        var watch = Stopwatch.StartNew();
        using Process process = Process.Start(start)!;
        Programs.Drain(process);
        process.StandardInput.Close();
        if (!process.WaitForExit(Patience)) process.Kill(true);
        else if (process.ExitCode == Success) return watch.Elapsed.TotalSeconds;
        return null;
    }
}

/// <summary>QEMU's translator; with <paramref name="counting"/>, on a deterministic clock as Vector20 is.</summary>
internal sealed class Qemu(bool counting) : ExternalEmulator(counting ? "QEMU TCG -icount" : "QEMU TCG", "qemu-system-x86_64")
{
    protected override int Success => 1;

    protected override IEnumerable<string> Arguments(string folder, string disk) =>
    [
        "-accel", "tcg,thread=single", "-cpu", "qemu64,+apic", "-m", "64", "-display", "none", "-nodefaults", "-no-reboot",
        "-drive", $"file={disk},format=raw,if=floppy", "-boot", "a", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04",
        .. counting ? ["-icount", "shift=0,sleep=off"] : Array.Empty<string>(),
    ];
}

/// <summary>Debian's Bochs.</summary>
internal sealed class Bochs() : ExternalEmulator("Bochs", "bochs")
{
    protected override int Success => 1;

    protected override IEnumerable<string> Arguments(string folder, string disk)
    {
        string configuration = Path.Combine(folder, "bochsrc");
        File.WriteAllText(configuration, BochsConfiguration.Of("corei7_haswell_4770", 400, 64, folder, $"""
            floppya: 1_44={disk}, status=inserted
            boot: floppy
            """));
        string debugger = Path.Combine(folder, "debugger");
        File.WriteAllText(debugger, BochsConfiguration.Debugger);
        return ["-q", "-f", configuration, "-rc", debugger];
    }
}
