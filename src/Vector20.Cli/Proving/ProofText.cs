using System.Globalization;
using Spectre.Console;
using Vector20.Cli.Output;
using Vector20.Proving.Actions;
using Vector20.Proving.Decisions;
using Vector20.Proving.Exploring;
using Vector20.Proving.Replaying;

namespace Vector20.Cli.Proving;

/// <summary>A proof for people: what was covered, the counterexample, the verdict.</summary>
internal static class ProofText
{
    public static void Write(Proof proof, ProofRequest request, ProofOrder order, TextWriter output)
    {
        output.WriteLine($"  property    {proof.Property}: {proof.Claim}");
        Table parts = Renderer.Table("part", "covered", "executed", "states", "ended", "s");
        foreach (PartResult part in proof.Parts)
            parts.AddRow(Vector20.Proving.Questions.Names.Of(part.Kind), Markup.Escape(part.What), Number(part.Executed), part.States == 0 ? "" : Number(part.States), EndOf(part), part.Seconds.ToString("0.0", CultureInfo.InvariantCulture));
        Renderer.Write(parts, output, order.Color);
        foreach (DecisionResult decision in proof.Decisions)
            if (decision.Broken is { } broken) output.WriteLine($"  decision    {decision.Name}: {broken}; the rule: {decision.Rule}");
        foreach ((string what, long count) in proof.Excluded) output.WriteLine($"  left out    {Number(count)} actions that need {what}, which the machine does not implement");
        if (proof.Ends[(int)ActionEnd.VmEnded] is > 0 and var ended) output.WriteLine($"  ended       {Number(ended)} actions ended the VM: a triple fault, or an access that the hypervisor does not emulate");
        foreach ((_, string claim, bool met) in proof.Guards) output.WriteLine($"  sometimes   {(met ? "seen" : "NOT SEEN")}: {claim}");
        if (proof.Counterexample is { } found) Write(found, request, order, output);
        output.WriteLine($"  executed    {Number(proof.Executed)} actions and steps, {Number(proof.States)} states, {proof.Seconds.ToString("0.0", CultureInfo.InvariantCulture)} s with {proof.Workers} workers, {Number((long)(proof.Executed / Math.Max(0.001, proof.Seconds)))} a second");
        string verdict = $"{proof.Verdict.ToString().ToUpperInvariant()}: {proof.Why}";
        string color = proof.Verdict switch { ProofVerdict.Proved => "green", ProofVerdict.Refuted => "red", _ => "yellow" };
        if (!order.Color) output.WriteLine($"  verdict     {verdict}");
        else Renderer.On(output, true).MarkupLine($"  verdict     [{color}]{Markup.Escape(verdict)}[/]");
    }

    /// <summary>How a part ended.</summary>
    public static string EndOf(PartResult part) => part.End switch
    {
        PartEnd.Fixpoint => $"fixpoint after {part.Depth} actions",
        PartEnd.Complete => "complete",
        PartEnd.Violated => "violated",
        PartEnd.Limit => "limit reached",
        _ => "stopped",
    };

    private static void Write(Counterexample found, ProofRequest request, ProofOrder order, TextWriter output)
    {
        var replay = new Replay(order.Property, found.What, found.Interleaved, order.Size, found.World, found.Path);
        output.WriteLine($"  world       {found.World}");
        ReplayText.WriteActions(Replayer.Run(replay, request.Property), output);
        output.WriteLine($"  broken by   {found.Who}{(found.Why.Length > 0 ? ": " : "")}{found.Why}");
        if (AskLine.Of(found) is { } ask) output.WriteLine($"  ask         {ask}");
        if (order.Replay is { } file) output.WriteLine($"  replay      vector20 replay {file}");
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
