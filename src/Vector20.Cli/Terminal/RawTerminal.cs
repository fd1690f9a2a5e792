using System.Diagnostics;

namespace Vector20.Cli.Terminal;

/// <summary>The terminal without echo and without lines, so that every key goes to the guest; restored when disposed. Ctrl-C stays a signal.</summary>
internal sealed class RawTerminal : IDisposable
{
    private readonly string? _saved;

    /// <summary>Changes the terminal, if the input is one.</summary>
    public RawTerminal(bool inputIsTerminal)
    {
        if (!inputIsTerminal || OperatingSystem.IsWindows()) return;
        _saved = Stty("-g")?.Trim();
        if (_saved is not null) Stty("-icanon -echo -icrnl min 1");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_saved is { Length: > 0 }) Stty(_saved);
    }

    /// <summary>stty works on its standard input, which it inherits.</summary>
    private static string? Stty(string arguments)
    {
        try
        {
            using var stty = Process.Start(new ProcessStartInfo("stty", arguments) { RedirectStandardOutput = true });
            string? output = stty?.StandardOutput.ReadToEnd();
            stty?.WaitForExit();
            return stty?.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
