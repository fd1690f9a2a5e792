using System.Text.Json;

namespace Vector20.Cli.Tests.Tracing;

/// <summary>A run with a trace: what it answered, and the trace's bytes.</summary>
internal sealed record TracedRun(int ExitCode, JsonElement Document, byte[] Trace)
{
    /// <summary>VM exits by basic reason, as the summary has them.</summary>
    public Dictionary<int, long> Exits => ExitsOf(Document.GetProperty("vmx"));

    /// <summary>The guests of the summary.</summary>
    public JsonElement[] Guests => [.. Document.GetProperty("vmx").GetProperty("guests").EnumerateArray()];

    /// <summary>VM entries of all guests.</summary>
    public long Entries => Guests.Sum(guest => guest.GetProperty("entries").GetInt64());

    /// <summary>Runs an image in a file.</summary>
    public static TracedRun OfFile(string format, params string[] options)
    {
        using var trace = new TemporaryFile();
        CommandResult result = Cli.Run(["run", "--json", "--trace", trace.Path, "--trace-format", format, .. options]);
        return new TracedRun(result.ExitCode, JsonDocument.Parse(result.Output).RootElement, File.ReadAllBytes(trace.Path));
    }

    /// <summary>Runs a flat image.</summary>
    public static TracedRun Of(string format, byte[] image, params string[] options)
    {
        using var file = new TemporaryFile(image);
        return OfFile(format, [file.Path, .. options]);
    }

    /// <summary>Runs the image with something of every kind in it.</summary>
    public static TracedRun OfEveryKind(string format, params string[] options) => Of(format, TracedImage.Make(), ["--at", TracedImage.At, "--smp", "2", "--limit", "1000000", .. options]);

    public static Dictionary<int, long> ExitsOf(JsonElement element) =>
        element.GetProperty("exits").EnumerateArray().ToDictionary(exit => exit.GetProperty("reason").GetInt32(), exit => exit.GetProperty("count").GetInt64());
}
