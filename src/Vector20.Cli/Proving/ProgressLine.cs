using System.Globalization;
using Vector20.Cli.Output;
using Vector20.Proving.Exploring;

namespace Vector20.Cli.Proving;

/// <summary>One line on the error stream that says how far a proof has come, where a person looks at it.</summary>
internal sealed class ProgressLine : IDisposable
{
    private const int Width = 79, Milliseconds = 250;
    private readonly Progress _progress;
    private readonly TextWriter _error;
    private readonly Timer _timer;
    private long _before;
    private DateTime _then = DateTime.UtcNow;

    private ProgressLine(Progress progress, TextWriter error)
    {
        _progress = progress;
        _error = error;
        _timer = new Timer(_ => Show(), null, Milliseconds, Milliseconds);
    }

    /// <summary>Shows progress until it is disposed; nothing where nobody looks.</summary>
    public static IDisposable? Watch(Progress progress, bool json, Streams streams) =>
        json || !streams.IsTerminal || Console.IsErrorRedirected ? null : new ProgressLine(progress, streams.Error);

    public void Dispose()
    {
        using (var over = new ManualResetEvent(false))
        {
            if (_timer.Dispose(over)) over.WaitOne();
        }

        _error.Write($"\r{new string(' ', Width)}\r");
    }

    private void Show()
    {
        long executed = _progress.Executed;
        double rate = (executed - _before) / Math.Max(0.001, (DateTime.UtcNow - _then).TotalSeconds);
        (_before, _then) = (executed, DateTime.UtcNow);
        string line = string.Create(CultureInfo.InvariantCulture, $"{_progress.Part}: {executed:N0} actions, {rate:N0} a second");
        if (_progress.States > 0) line += string.Create(CultureInfo.InvariantCulture, $", {_progress.States:N0} states, frontier {_progress.Frontier:N0}");
        _error.Write($"\r{(line.Length > Width ? line[..Width] : line.PadRight(Width))}");
    }
}
