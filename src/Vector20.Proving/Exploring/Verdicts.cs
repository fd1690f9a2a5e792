using Vector20.Proving.Actions;
using Vector20.Proving.Decisions;
using Vector20.Proving.Properties;

namespace Vector20.Proving.Exploring;

/// <summary>From what was found to a verdict.</summary>
internal static class Verdicts
{
    public static (ProofVerdict Verdict, string Why) Of(Property property, IReadOnlyList<PartResult> parts, Tally tally, Counterexample? counterexample, DecisionResult? broken)
    {
        if (counterexample is { } found) return (ProofVerdict.Refuted, $"after {Count(Begun(found))}: {found.What}");
        if (broken is { } decision && property is DecisionRules) return (ProofVerdict.Refuted, $"{decision.Name}: {decision.Broken}; the rule: {decision.Rule}");
        if (parts.FirstOrDefault(p => p.End == PartEnd.Stopped) is { } stopped) return (ProofVerdict.Undecided, $"stopped in the part '{stopped.What}'; nothing was found so far");
        if (parts.FirstOrDefault(p => p.End == PartEnd.Limit) is { } limited) return (ProofVerdict.Undecided, $"more states than the limit allows in the part '{limited.What}'");
        if (parts.Count == 0 || parts.Any(p => p.Executed == 0)) return (ProofVerdict.Undecided, "a part had nothing to execute: the proof would be one of nothing");
        if (tally.Ends[(int)ActionEnd.Busy] > 0) return (ProofVerdict.Undecided, $"{tally.Ends[(int)ActionEnd.Busy]} actions did not come to an end, the first of them '{tally.FirstBusy}'");
        for (int i = 0; i < property.Guards.Count; i++)
            if ((tally.Guards >> i & 1) == 0) return (ProofVerdict.Undecided, $"it never happened that {property.Guards[i].Claim}: the proof would be one of nothing");
        return (ProofVerdict.Proved, property.Claim);
    }

    private static int Begun(Counterexample found) => found.Path.Count(a => a.Kind != ActionKind.Step);

    private static string Count(int actions) => actions == 1 ? "1 action" : $"{actions} actions";
}
