using System.Globalization;
using System.Net;
using System.Text;
using Vector20.Proving.Decisions;
using Vector20.Proving.Exploring;
using Vector20.Proving.Questions;
using Vector20.Proving.Replaying;

namespace Vector20.Proving.Reports;

/// <summary>A proof as one page that needs nothing beside itself: verdict, pictures of what was covered, assumptions, counterexample, time.</summary>
public static class ProofPage
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1d2733; --paper: #fff; --quiet: #66707c; --line: #d8dee6; --good: #1a7f4b; --bad: #b3261e; --unsure: #9a6700; --mark: #2563a8; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e3e8ee; --paper: #14181d; --quiet: #94a0ad; --line: #313a45; --good: #4cc38a; --bad: #ff8a80; --unsure: #e3b341; --mark: #6cb0ff; } }
        body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
        h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; } .verdict { font-size: 1.25rem; font-weight: 600; }
        .proved { color: var(--good); } .refuted { color: var(--bad); } .undecided { color: var(--unsure); } .quiet { color: var(--quiet); }
        table { border-collapse: collapse; width: 100%; font-size: 13.5px; } th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
        td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } code, pre { font: 12.5px/1.45 ui-monospace, monospace; }
        pre { overflow-x: auto; border: 1px solid var(--line); padding: .75rem; border-radius: 4px; } svg text { fill: var(--ink); font: 11px system-ui, sans-serif; } .scroll { overflow-x: auto; }
        """;

    /// <summary>The page.</summary>
    public static string Of(Proof proof, ProofRequest request)
    {
        var page = new StringBuilder();
        string verdict = proof.Verdict.ToString();
        page.Append(CultureInfo.InvariantCulture, $"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{Text(proof.Property)}: {verdict}</title>\n<style>{Style}</style></head><body>\n");
        page.Append(CultureInfo.InvariantCulture, $"<h1>{Text(proof.Property)}</h1>\n<p>{Text(proof.Claim)}</p>\n<p class=\"verdict {verdict.ToLowerInvariant()}\">{verdict.ToUpperInvariant()}</p>\n<p>{Text(proof.Why)}</p>\n");
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"quiet\">{N(proof.Executed)} actions and steps, {N(proof.States)} states, {proof.Seconds:0.0} s with {proof.Workers} workers, {N((long)(proof.Executed / Math.Max(0.001, proof.Seconds)))} a second; depth {proof.Depth}, vCPUs {string.Join(", ", proof.Vcpus)}.</p>\n");
        Circumstances(page, request);
        CounterexampleOf(page, proof, request);
        Parts(page, proof);
        page.Append("<h2>What was delivered: vector by source</h2>\n").Append(VectorPicture.Of(proof.Coverage));
        page.Append("<h2>What became of EPT entries</h2>\n").Append(EntryPicture.Of(proof.Coverage));
        Exits(page, proof);
        Decisions(page, proof);
        List(page, "What must happen sometimes", proof.Guards.Select(g => $"{(g.Met ? "seen" : "NOT SEEN")}: {g.Claim}"));
        List(page, "What was left out", proof.Excluded.Select(e => $"{N(e.Value)} actions that need {e.Key}, which the machine does not implement"));
        List(page, "What it rests on", proof.Assumptions);
        return page.Append("</body></html>\n").ToString();
    }

    private static void Circumstances(StringBuilder page, ProofRequest request)
    {
        string[] faults = [.. Flags(request.HardwareFaults), .. Flags(request.HypervisorBugs)];
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"quiet\">#VE check: {Names.Of(request.VeCheck)}. Deliberate deviations: {(faults.Length == 0 ? "none" : Text(string.Join(", ", faults)))}.</p>\n");
    }

    private static IEnumerable<string> Flags<T>(T value) where T : struct, Enum =>
        Enum.GetValues<T>().Where(f => Convert.ToInt64(f, CultureInfo.InvariantCulture) != 0 && value.HasFlag(f)).Select(Names.Of);

    private static void CounterexampleOf(StringBuilder page, Proof proof, ProofRequest request)
    {
        if (proof.Counterexample is not { } found) return;
        Replayed replayed = Replayer.Run(new Replay(proof.Property, found.What, found.Interleaved, request.Size, found.World, found.Path), request.Property);
        page.Append(CultureInfo.InvariantCulture, $"<h2>The shortest counterexample</h2>\n<p>In the world: {Text(found.World.ToString())}. Broken by: <b>{Text(found.Who)}</b>. {Text(found.Why)}</p>\n");
        if (AskLine.Of(found) is { } ask) page.Append(CultureInfo.InvariantCulture, $"<p>One action suffices: <code>{Text(ask)}</code></p>\n");
        page.Append("<table><tr><th>action</th><th>who</th><th>what</th><th>detail</th><th>manual</th></tr>\n");
        foreach (ReplayedAction action in replayed.Actions)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td colspan=\"5\"><b>{Text(action.Action)}</b></td></tr>\n");
            foreach (Answers.Step step in action.Steps)
                page.Append(CultureInfo.InvariantCulture, $"<tr><td></td><td>{Text(step.Actor)}</td><td>{Text(step.Action)}</td><td><code>{Text(step.Detail)}</code></td><td>{Text(step.Manual?.ToString() ?? "")}</td></tr>\n");
        }

        page.Append("</table>\n");
    }

    private static void Parts(StringBuilder page, Proof proof)
    {
        page.Append("<h2>What was covered</h2>\n<table><tr><th>part</th><th>covered</th><th class=\"n\">executed</th><th class=\"n\">states</th><th>ended</th><th class=\"n\">s</th></tr>\n");
        foreach (PartResult part in proof.Parts)
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Names.Of(part.Kind)}</td><td>{Text(part.What)}</td><td class=\"n\">{N(part.Executed)}</td><td class=\"n\">{(part.States == 0 ? "" : N(part.States))}</td><td>{Names.Of(part.End)}{(part.End == PartEnd.Fixpoint ? $" after {part.Depth} actions" : "")}</td><td class=\"n\">{part.Seconds:0.0}</td></tr>\n");
        page.Append("</table>\n");
    }

    private static void Exits(StringBuilder page, Proof proof)
    {
        page.Append("<h2>VM exits</h2>\n<table><tr><th>reason</th><th class=\"n\">number</th><th class=\"n\">times</th></tr>\n");
        foreach ((long count, int reason) in proof.Coverage.Exits.Select((count, reason) => (count, reason)).Where(e => e.count > 0).OrderByDescending(e => e.count))
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{(Machine.Vmx.ExitReason)reason}</td><td class=\"n\">{reason}</td><td class=\"n\">{N(count)}</td></tr>\n");
        page.Append("</table>\n");
    }

    private static void Decisions(StringBuilder page, Proof proof)
    {
        page.Append("<h2>Decision functions, over their whole input</h2>\n<table><tr><th>what is decided</th><th>rule</th><th class=\"n\">inputs</th><th>kept</th></tr>\n");
        foreach (DecisionResult decision in proof.Decisions)
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(decision.Name)}</td><td>{Text(decision.Rule)}</td><td class=\"n\">{N(decision.Inputs)}</td><td>{Text(decision.Broken is { } broken ? $"no: {broken}" : "yes")}</td></tr>\n");
        page.Append("</table>\n");
    }

    private static void List(StringBuilder page, string title, IEnumerable<string> lines)
    {
        string[] all = [.. lines];
        if (all.Length == 0) return;
        page.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2>\n<ul>\n");
        foreach (string line in all) page.Append(CultureInfo.InvariantCulture, $"<li>{Text(line)}</li>\n");
        page.Append("</ul>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string N(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
