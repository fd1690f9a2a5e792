using System.Diagnostics;
using System.Text.Json;

namespace Vector20.Cli.Tests.Proving;

public sealed class KilledTests : IDisposable
{
    private const int Lines = 3;

    /// <summary>Takes its time over every action, so that there is time to kill it.</summary>
    private const string Slowly = """
        public sealed class Slowly : Property
        {
            public override string Name => "slowly";
            public override string Claim => "whatever happens takes its time";
            public override void Before(Observation seen) => System.Threading.Thread.Sleep(2);
            public override string? Examine(Observation seen) => null;
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("vector20-").FullName;

    private string Checkpoint => Path.Combine(_folder, "checkpoint");

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_process_that_was_killed_loses_nothing_that_it_had_written()
    {
        string property = Path.Combine(_folder, "slowly.cs");
        File.WriteAllText(property, Slowly);
        string[] line = ["prove", property, "--part", "sequences", "--depth", "1", "--workers", "1", "--json"];
        using (Process process = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(CommandLine).Assembly.Location, .. line, "--checkpoint", Checkpoint]) { RedirectStandardOutput = true })!)
        {
            while (Written() < Lines && !process.HasExited) Thread.Sleep(5);
            Assert.False(process.HasExited);
            process.Kill();
            process.WaitForExit();
        }

        int written = Written();
        string[] kept = File.ReadAllLines(Checkpoint)[..written];
        CommandResult resumed = Cli.Run([.. line, "--resume", Checkpoint]);
        Assert.Equal(ExitCode.Good, resumed.ExitCode);
        Assert.Equal(kept, File.ReadAllLines(Checkpoint)[..written]);
        Assert.Equal(Said(Cli.Run(line).Output), Said(resumed.Output));
    }

    public void Dispose() => Directory.Delete(_folder, true);

    /// <summary>Whole lines in the file.</summary>
    private int Written()
    {
        if (!File.Exists(Checkpoint)) return 0;
        using var stream = new FileStream(Checkpoint, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
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
