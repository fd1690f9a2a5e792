using System.Diagnostics;
using Xunit;

namespace Vector20.Testing;

/// <summary>Runs programs.</summary>
internal static class Tool
{
    /// <summary>A build is among the programs, and machines are busy.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    /// <summary>Runs a program to its end, and returns its exit code and output. A program that takes too long is killed, and the test fails.</summary>
    public static (int ExitCode, string Output, string Error) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(_patience))
        {
            process.Kill(true);
            Assert.Fail($"{program} did not end within {_patience.TotalMinutes} minutes");
        }

        return (process.ExitCode, output.Result, error.Result);
    }
}
