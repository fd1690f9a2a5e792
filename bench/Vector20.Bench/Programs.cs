using System.Diagnostics;

namespace Vector20.Bench;

/// <summary>Programs of the machine that measures.</summary>
internal static class Programs
{
    /// <summary>Whether a program is on PATH.</summary>
    public static bool Exist(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>How to start a program with its streams redirected.</summary>
    public static ProcessStartInfo Start(string program, IEnumerable<string> arguments) =>
        new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };

    /// <summary>Reads what a program writes, and forgets it.</summary>
    public static void Drain(Process process)
    {
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }
}
