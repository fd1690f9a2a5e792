using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Vector20.Bench.Linux;

/// <summary>Linux from start to moments that its serial line shows, on each emulator in turn; of its rounds, each keeps the best.</summary>
internal static class LinuxComparison
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(300);

    /// <summary>Measures, and writes the page as Markdown.</summary>
    public static string Run(int rounds, IReadOnlyList<LinuxBoot> boots, Action<string> progress)
    {
        string own = Path.GetFullPath("vector20");
        ILinuxEmulator[] emulators = [new OwnLinux(own, true), new OwnLinux(own, false), new BochsLinux(), new QemuLinux()];
        Process.Start(Programs.Start(own, ["--version"]))!.WaitForExit();
        var page = new StringBuilder(Introduction(rounds));
        page.Append("| kernel | from start to |").AppendJoin("", emulators.Select(e => $" {e.Name}, s |")).AppendLine(" Vector20 / Bochs | Vector20 / QEMU |");
        page.Append("| --- | --- |").Insert(page.Length, " ---: |", emulators.Length + 2).AppendLine();
        foreach (LinuxBoot boot in boots)
        {
            double?[][] best = [.. emulators.Select(_ => new double?[boot.Marks.Length])];
            for (int round = 1; round <= rounds; round++)
                for (int i = 0; i < emulators.Length; i++) Keep(best[i], Once(emulators[i], boot, round, progress));
            for (int mark = 0; mark < boot.Marks.Length; mark++)
            {
                page.Append(CultureInfo.InvariantCulture, $"| {boot.Name} | {boot.Marks[mark].Moment} |");
                foreach (double?[] times in best) page.Append(CultureInfo.InvariantCulture, $" {Show(times[mark])} |");
                page.AppendLine(CultureInfo.InvariantCulture, $" {Show(best[2][mark] / best[0][mark])} | {Show(best[3][mark] / best[0][mark])} |");
            }
        }

        return page.ToString();
    }

    private static string Introduction(int rounds) => string.Create(CultureInfo.InvariantCulture, $"""
        # Linux, side by side

        Made by `dotnet run -c Release --project bench/Vector20.Bench linux $(tools/build-kernels --where) $(tools/get-debian-kernel) $(tools/get-debian-kernel linux-image-6.12-amd64) docs/linux-benchmarks.md` on a machine with {Environment.ProcessorCount} processors,
        {RuntimeInformation.FrameworkDescription}: seconds from starting the program until its serial line shows the moment; the best of {rounds} round{(rounds == 1 ? "" : "s")}, the emulators taking turns. The last two columns
        are the other's seconds in Vector20's: above 1, Vector20 is faster. The kernels are those of `tools/build-kernels` and `tools/get-debian-kernel`
        ([linux.md](linux.md)); Bochs and QEMU are Debian's. Bochs boots from a CD, through its BIOS, and is built for one processor; QEMU's translator has no VMX, so that no
        VMs run on the way to its power-off. A '-': it cannot, or did not get there in {_patience.TotalMinutes} minutes.


        """);

    private static void Keep(double?[] best, double?[] times)
    {
        for (int i = 0; i < best.Length; i++)
            if (times[i] is { } time && (best[i] is null || time < best[i])) best[i] = time;
    }

    private static double?[] Once(ILinuxEmulator emulator, LinuxBoot boot, int round, Action<string> progress)
    {
        if (emulator.Lacks(boot) is { } lack)
        {
            progress($"{boot.Name}: {emulator.Name} lacks {lack}");
            return new double?[boot.Marks.Length];
        }

        string folder = Directory.CreateTempSubdirectory("vector20-bench-").FullName;
        try
        {
            (ProcessStartInfo start, string? serial) = emulator.Prepare(boot, folder);
            double?[] times = Watch(start, serial, boot);
            progress($"{boot.Name}, round {round}: {emulator.Name} {string.Join(", ", times.Select((time, i) => $"{boot.Marks[i].Moment} {Show(time)} s"))}");
            return times;
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static double?[] Watch(ProcessStartInfo start, string? serial, LinuxBoot boot)
    {
        var times = new double?[boot.Marks.Length];
        var said = new StringBuilder();
        var watch = Stopwatch.StartNew();
        using Process process = Process.Start(start)!;
        if (serial is null) _ = Task.Run(() => Follow(process.StandardOutput, said));
        else Programs.Drain(process);
        while (times[^1] is null && watch.Elapsed < _patience)
        {
            bool ended = process.HasExited;
            string text = serial is null ? Said(said) : File.Exists(serial) ? ReadShared(serial) : "";
            for (int i = 0; i < times.Length; i++)
                if (times[i] is null && text.Contains(boot.Marks[i].Text, StringComparison.Ordinal)) times[i] = watch.Elapsed.TotalSeconds;
            if (ended) break;
            Thread.Sleep(20);
        }

        if (!process.HasExited) process.Kill(true);
        process.WaitForExit();
        return times;
    }

    private static void Follow(StreamReader output, StringBuilder said)
    {
        var buffer = new char[4096];
        while (output.Read(buffer) is > 0 and var count)
            lock (said) said.Append(buffer, 0, count);
    }

    private static string Said(StringBuilder said)
    {
        lock (said) return said.ToString();
    }

    private static string ReadShared(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    private static string Show(double? value) => value?.ToString(value < 10 ? "F2" : "F1", CultureInfo.InvariantCulture) ?? "-";
}
