using Spectre.Console;
using Vector20.Cli.Output;

namespace Vector20.Cli.Running;

/// <summary>The summary as text: how it ended, the exits, the verdict of the #VE check.</summary>
internal static class RunReport
{
    public static void Write(RunSummary summary, TextWriter writer, bool color)
    {
        IAnsiConsole console = Renderer.On(writer, color);
        foreach (string line in summary.Guest?.Dump ?? []) writer.WriteLine(line);
        if (summary.Vmx is { } vmx) VmxReport.Write(vmx, builtIn: summary.Guest is not null, writer, color);

        double millions = summary.Instructions / 1e6, rate = summary.Seconds > 0 ? millions / summary.Seconds : 0;
        Line(console, "ended", summary.Ending);
        Line(console, "executed", FormattableString.Invariant($"{millions:n3} million instructions in {summary.Seconds:n2} s, {rate:n0} million a second"));
        if (summary.Guest is { } g) Line(console, "verdict", $"{g.Verdict}: {g.Why}", summary.ExitCode == ExitCode.Good ? "green" : "red");
    }

    private static void Line(IAnsiConsole console, string name, string text, string color = "default") =>
        console.MarkupLine($"  {name,-10} [{color}]{Markup.Escape(text)}[/]");
}
