namespace Vector20.Cli.Tracing;

/// <summary>How a trace is written.</summary>
public enum TraceFormat
{
    /// <summary>Lines as the Linux kernel prints them for KVM's trace events.</summary>
    Text,

    /// <summary>Every step of every event, a JSON document a line.</summary>
    Json,

    /// <summary>Perfetto's own format.</summary>
    Perfetto,
}

/// <summary>Which format a file gets.</summary>
internal static class TraceFormats
{
    /// <summary>By the end of the file's name, where nothing else is asked for.</summary>
    public static TraceFormat Of(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".txt" or ".text" => TraceFormat.Text,
        ".json" or ".jsonl" => TraceFormat.Json,
        _ => TraceFormat.Perfetto,
    };
}
