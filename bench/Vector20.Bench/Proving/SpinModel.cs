using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Vector20.Bench.Proving;

/// <summary>The same property in a model written by hand (bench/spin/ve.pml), which Debian's spin turns into a program that searches it.</summary>
internal static partial class SpinModel
{
    /// <summary>With 1 to 3 vCPUs, unbroken and with the bug of the history: a model that finds nothing must be seen to find something.</summary>
    public static void Write(TextWriter text, string model, Action<string> progress)
    {
        text.WriteLine("| vCPUs | the second write of a zap | errors | states | depth | seconds | thousand states a second | kept for a state, bytes |");
        text.WriteLine("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (bool broken in (bool[])[false, true])
            for (int vcpus = 1; vcpus <= 3; vcpus++)
            {
                string row = Row(Search(model, vcpus, broken), vcpus, broken);
                progress($"spin: {row}");
                text.WriteLine(row);
            }
    }

    private static string Row(string output, int vcpus, bool broken)
    {
        double Number(string label) => double.Parse(Regex.Match(output, label).Groups[1].Value, CultureInfo.InvariantCulture);
        double states = Number(@"(\d+) states, stored"), seconds = Number(@"elapsed time ([\d.]+) seconds");
        Match stored = StateBytes().Match(output);
        string bytes = stored.Success ? (int.Parse(stored.Groups[1].Value, CultureInfo.InvariantCulture) + int.Parse(stored.Groups[2].Value, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture) : "-";
        return $"| {vcpus} | {(broken ? "0: bit 63 is lost" : "as it should be")} | {Number(@"errors: (\d+)")} | {states:N0} | {Number(@"depth reached (\d+)"):N0} | {seconds:F2} | {(seconds >= 0.05 ? Report.Thousands(states / seconds) : "-")} | {bytes} |";
    }

    /// <summary>Translates, compiles and runs the model, breadth first where an error is expected, so that the error is the shortest.</summary>
    private static string Search(string model, int vcpus, bool broken)
    {
        string folder = Directory.CreateTempSubdirectory("vector20-spin-").FullName;
        try
        {
            string[] defines = [$"-DVCPUS={vcpus}", .. broken ? ["-DZAP_WRITES_ZERO"] : Array.Empty<string>()];
            Run(folder, "spin", [.. defines, "-a", Path.GetFullPath(model)]);
            Run(folder, "gcc", ["-O2", "-w", "-DSAFETY", "-DNOREDUCE", "-DMEMLIM=4096", .. broken ? ["-DBFS"] : Array.Empty<string>(), "-o", "pan", "pan.c"]);
            return Run(folder, Path.Combine(folder, "pan"), broken ? [] : ["-m10000000"]);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static string Run(string folder, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {output}{errors.Result}");
    }

    [GeneratedRegex(@"state-vector as stored = (\d+) byte \+ (\d+) byte overhead")]
    private static partial Regex StateBytes();
}
