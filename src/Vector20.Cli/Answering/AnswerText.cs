using Spectre.Console;
using Vector20.Cli.Output;
using Vector20.Proving.Answers;
using Vector20.Proving.Questions;

namespace Vector20.Cli.Answering;

/// <summary>An answer for people: the path, a step a line, each with its section of the manual; the exits; the verdict.</summary>
internal static class AnswerText
{
    private const int WidestAction = 44, WidestDetail = 60;

    public static void Write(Answer answer, TextWriter output, bool color)
    {
        if (answer.Dump is { } dump)
            foreach (string line in DumpText.Lines(dump)) output.WriteLine(line);
        int actor = Math.Max("verdict".Length, answer.Path.Max(step => (int?)step.Actor.Length) ?? 0);
        int action = Math.Min(WidestAction, answer.Path.Max(step => (int?)step.Action.Length) ?? 0);
        int detail = Math.Min(WidestDetail, answer.Path.Max(step => (int?)step.Detail.Length) ?? 0);
        foreach (Step step in answer.Path)
            output.WriteLine($"  {step.Actor.PadRight(actor)}  {step.Action.PadRight(action)}  {step.Detail.PadRight(detail)}  {step.Manual}".TrimEnd());
        if (answer.Exits.Count > 0)
            output.WriteLine($"  {"exits".PadRight(actor)}  {string.Join(", ", answer.Exits.Select(exits => $"{exits.Name} ({exits.Reason}) {exits.Count}"))}");
        string verdict = $"{Names.Of(answer.Verdict)}: {answer.Why}";
        IAnsiConsole console = Renderer.On(output, color);
        if (!color) output.WriteLine($"  {"verdict".PadRight(actor)}  {verdict}");
        else console.MarkupLine($"  {"verdict".PadRight(actor)}  [{(answer.Good ? "green" : "red")}]{Markup.Escape(verdict)}[/]");
    }
}
