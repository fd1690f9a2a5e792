using Vector20.Cli.Output;
using Vector20.Proving.Answers;
using Vector20.Proving.Replaying;

namespace Vector20.Cli.Proving;

/// <summary>A replay for people: each action, and under it the path, as <c>ask</c> prints it.</summary>
internal static class ReplayText
{
    private const int WidestAction = 44, WidestDetail = 60;

    /// <summary>Writes the actions.</summary>
    public static void WriteActions(Replayed replayed, TextWriter output)
    {
        Step[] all = [.. replayed.Actions.SelectMany(a => a.Steps)];
        int actor = all.Max(s => (int?)s.Actor.Length) ?? 0;
        int action = Math.Min(WidestAction, all.Max(s => (int?)s.Action.Length) ?? 0), detail = Math.Min(WidestDetail, all.Max(s => (int?)s.Detail.Length) ?? 0);
        for (int i = 0; i < replayed.Actions.Count; i++)
        {
            output.WriteLine($"  {i + 1,-10}  {replayed.Actions[i].Action}");
            foreach (Step step in replayed.Actions[i].Steps)
                output.WriteLine($"              {step.Actor.PadRight(actor)}  {step.Action.PadRight(action)}  {step.Detail.PadRight(detail)}  {step.Manual}".TrimEnd());
        }
    }

    /// <summary>Writes a replay and its verdict.</summary>
    public static void Write(Replay replay, Replayed replayed, TextWriter output)
    {
        if (replayed.Dump is { } dump)
            foreach (string line in DumpText.Lines(dump)) output.WriteLine(line);
        output.WriteLine($"  property    {replay.Property}");
        output.WriteLine($"  world       {replay.World}");
        WriteActions(replayed, output);
        if (replayed.Violation is not null) output.WriteLine($"  broken by   {replayed.Blame.Who}{(replayed.Blame.Why.Length > 0 ? ": " : "")}{replayed.Blame.Why}");
        output.WriteLine($"  verdict     {VerdictOf(replay, replayed)}");
    }

    /// <summary>The verdict in a line.</summary>
    public static string VerdictOf(Replay replay, Replayed replayed)
    {
        if (replayed.Impossible is { } action) return $"UNDECIDED: '{action}' is not possible where it stands";
        if (replayed.Violation is not { } what) return "NOT REFUTED: nothing on this path violates the property";
        return what == replay.What ? $"REFUTED, as recorded: {what}" : $"REFUTED: {what} (recorded: {replay.What})";
    }
}
