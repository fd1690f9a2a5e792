using System.Diagnostics;
using Vector20.Testing;

namespace Vector20.Cli.Tests;

public class StartupTests
{
    private const int Milliseconds = 500, Attempts = 5;

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_script_builds_once_and_then_answers_in_well_under_half_a_second()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "./vector20 is a script for bash");
        string script = Path.Combine(Repository.Root, "vector20");
        (int code, string output, string error) = Tool.Run(script, "ask", "ipi", "20");
        Assert.True(code == ExitCode.Good, error);
        Assert.Contains("  verdict", output, StringComparison.Ordinal);
        Assert.True(Enumerable.Range(0, Attempts).Min(_ => TimeOf(script)) < Milliseconds);
    }

    private static long TimeOf(string script)
    {
        var watch = Stopwatch.StartNew();
        Tool.Run(script, "ask", "ipi", "20");
        return watch.ElapsedMilliseconds;
    }
}
