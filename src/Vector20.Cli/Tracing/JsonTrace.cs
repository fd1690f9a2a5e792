using Vector20.Cli.Output;
using Vector20.Machine;
using Vector20.Machine.Events;

namespace Vector20.Cli.Running;

/// <summary>Every step of every event of a run, a JSON document a line.</summary>
internal sealed class EventLog : IEventObserver, IDisposable
{
    private readonly StreamWriter _writer;

    private EventLog(StreamWriter writer) => _writer = writer;

    /// <summary>Opens a log and connects it. Null without a path, or with a refusal where the file cannot be written.</summary>
    public static EventLog? Open(string? path, Computer computer, out string? refusal)
    {
        refusal = null;
        if (path is null) return null;
        try
        {
            var log = new EventLog(new StreamWriter(path));
            computer.EventObserver = log;
            return log;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            refusal = $"--trace: {path} cannot be written; name a file that can ({e.Message})";
            return null;
        }
    }

    /// <inheritdoc/>
    public void OnStep(in EventStep step) => _writer.WriteLine(Json.Line(new
    {
        step.Time,
        step.Processor,
        step.Kind,
        step.Event.Type,
        step.Event.Vector,
        ErrorCode = step.Event.HasErrorCode ? step.Event.ErrorCode : (uint?)null,
        step.Event.Source,
        Value = $"0x{step.Value:x}",
        step.Why,
        Manual = step.Manual.ToString(),
    }));

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();
}
