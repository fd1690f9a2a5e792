namespace Vector20.Cli.Running;

/// <summary>The VGA text screen on a terminal.</summary>
internal sealed class ScreenView(Session session, TextWriter output)
{
    private const string Home = "\e[H", ClearLine = "\e[K", ClearScreen = "\e[2J";
    private IReadOnlyList<string> _drawn = [];
    private long _lastDrawing;

    /// <summary>Draws what changed, at most 20 times a second.</summary>
    public void DrawIfChanged()
    {
        if (Environment.TickCount64 - _lastDrawing < 50) return;
        _lastDrawing = Environment.TickCount64;
        IReadOnlyList<string> lines = session.ScreenLines;
        if (lines.SequenceEqual(_drawn)) return;
        output.Write(_drawn.Count == 0 ? ClearScreen + Home : Home);
        foreach (string line in lines) output.Write($"{line}{ClearLine}\r\n");
        output.Flush();
        _drawn = lines;
    }

    /// <summary>Prints the screen as it is now.</summary>
    public void Print()
    {
        foreach (string line in session.ScreenLines) output.WriteLine(line);
    }
}
