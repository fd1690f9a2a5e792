using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Vector20.Cli.Output;

/// <summary>Where a command reads and writes: the process's own streams, or a test's.</summary>
/// <param name="Output">The answer.</param>
/// <param name="Error">Refusals, progress and summaries.</param>
/// <param name="Guest">The guest's serial line, byte for byte; the same place as the answer.</param>
/// <param name="Input">What is typed, or null.</param>
/// <param name="InputIsTerminal">Whether a person types.</param>
/// <param name="IsTerminal">Whether a person looks at the output: colors and live screens make sense.</param>
public sealed record Streams(TextWriter Output, TextWriter Error, Stream Guest, Stream? Input, bool InputIsTerminal, bool IsTerminal)
{
    /// <summary>The streams of this process.</summary>
    public static Streams OfProcess()
    {
        Stream output = Console.OpenStandardOutput();
        var text = new StreamWriter(output, new UTF8Encoding(false)) { AutoFlush = true };
        return new Streams(text, Console.Error, output, StandardInput(), !Console.IsInputRedirected, !Console.IsOutputRedirected);
    }

    /// <summary>The standard input byte by byte. The console's own stream edits lines and echoes them where a person types.</summary>
    private static Stream StandardInput() =>
        OperatingSystem.IsWindows() ? Console.OpenStandardInput() : new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);

    /// <summary>Refuses in one line. The exit code of a refusal.</summary>
    public int Refuse(string what)
    {
        Error.WriteLine($"vector20: {what}");
        return ExitCode.Usage;
    }
}
