using System.Text;
using Vector20.Cli.Output;

namespace Vector20.Cli.Tests;

/// <summary>What a command line answered.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>The lines of the error stream.</summary>
    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Runs command lines in this process.</summary>
internal static class Cli
{
    public static CommandResult Run(params string[] arguments) => Type(null, arguments);

    /// <summary>The same, with something piped in.</summary>
    public static CommandResult Type(string? typed, params string[] arguments)
    {
        using Stream? input = typed is null ? null : new MemoryStream(Encoding.UTF8.GetBytes(typed));
        using var guest = new MemoryStream();
        using var output = new StreamWriter(guest, new UTF8Encoding(false)) { AutoFlush = true };
        using var error = new StringWriter();
        int code = CommandLine.Run(arguments, new Streams(output, error, guest, input, false, false));
        return new CommandResult(code, Encoding.UTF8.GetString(guest.ToArray()), error.ToString());
    }
}
