using System.Diagnostics;
using System.Text.Json;

namespace Vector20.Cli.Tests.Proving;

public sealed class KilledTests : IDisposable
{
    private const int Lines = 12;
    private readonly string _checkpoint = Path.GetTempFileName();

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_process_that_was_killed_loses_nothing_that_it_had_written()
    {
        string[] line = ["prove", "check-armed", "--part", "sequences", "--depth", "2", "--cpus", "1", "--workers", "2", "--json"];
        using (Process process = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(CommandLine).Assembly.Location, .. line, "--checkpoint", _checkpoint]) { RedirectStandardOutput = true })!)
        {
            while (Written() < Lines && !process.HasExited) Thread.Sleep(5);
            Assert.False(process.HasExited);
            process.Kill();
            process.WaitForExit();
        }

        int written = Written();
        string[] kept = File.ReadAllLines(_checkpoint)[..written];
        CommandResult resumed = Cli.Run([.. line, "--resume", _checkpoint]);
        Assert.Equal(ExitCode.Good, resumed.ExitCode);
        Assert.Equal(kept, File.ReadAllLines(_checkpoint)[..written]);
        Assert.Equal(Said(Cli.Run(line).Output), Said(resumed.Output));
    }

    public void Dispose() => File.Delete(_checkpoint);

    /// <summary>Whole lines in the file.</summary>
    private int Written()
    {
        using var stream = new FileStream(_checkpoint, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Count(c => c == '\n');
    }

    /// <summary>What a document says of the proof, times left out.</summary>
    private static string Said(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        return $"{root.GetProperty("verdict")} {root.GetProperty("executed")} {root.GetProperty("states")} {root.GetProperty("sometimes")} {root.GetProperty("leftOut")}";
    }
}
