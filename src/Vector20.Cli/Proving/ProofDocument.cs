using Vector20.Cli.Answering;
using Vector20.Proving.Actions;
using Vector20.Proving.Decisions;
using Vector20.Proving.Exploring;
using Vector20.Proving.Replaying;
using Vector20.Proving.Worlds;

namespace Vector20.Cli.Proving;

/// <summary>The JSON document of a proof.</summary>
internal sealed record ProofDocument(
    string Property, string Claim, ProofVerdict Verdict, string Why, int Depth, IReadOnlyList<int> Vcpus, IReadOnlyList<PartDocument> Parts, IReadOnlyList<DecisionResult> Decisions,
    IReadOnlyList<GuardDocument> Sometimes, IReadOnlyDictionary<string, long> LeftOut, IReadOnlyList<string> Assumptions, long Executed, long States, int Workers, double Seconds,
    CounterexampleDocument? Counterexample, int ExitCode)
{
    public static ProofDocument Of(Proof proof, ProofRequest request) => new(
        proof.Property,
        proof.Claim,
        proof.Verdict,
        proof.Why,
        proof.Depth,
        proof.Vcpus,
        [.. proof.Parts.Select(p => new PartDocument(p.Kind, p.What, p.End, p.Executed, p.States, p.Depth, p.Seconds))],
        proof.Decisions,
        [.. proof.Guards.Select(g => new GuardDocument(g.Name, g.Claim, g.Met))],
        proof.Excluded,
        proof.Assumptions,
        proof.Executed,
        proof.States,
        proof.Workers,
        proof.Seconds,
        proof.Counterexample is { } found ? CounterexampleDocument.Of(found, request) : null,
        ProofRunner.ExitCodeOf(proof));
}

/// <summary>A part of a proof.</summary>
internal sealed record PartDocument(PartKind Part, string What, PartEnd End, long Executed, long States, int Depth, double Seconds);

/// <summary>What must happen sometimes.</summary>
internal sealed record GuardDocument(string Name, string Claim, bool Seen);

/// <summary>A counterexample.</summary>
internal sealed record CounterexampleDocument(WorldOptions World, bool Interleaved, IReadOnlyList<ReplayedDocument> Path, string What, string BrokenBy, string Rule, string? Ask, PartKind Part)
{
    public static CounterexampleDocument Of(Counterexample found, ProofRequest request)
    {
        var replay = new Replay(request.Property().Name, found.What, found.Interleaved, request.Size, found.World, found.Path);
        return new(found.World, found.Interleaved, ReplayedDocument.Of(Replayer.Run(replay, request.Property)), found.What, found.Who, found.Why, AskLine.Of(found), found.Part);
    }
}

/// <summary>An action, and what happened.</summary>
internal sealed record ReplayedDocument(string Action, IReadOnlyList<StepDocument> Path)
{
    public static IReadOnlyList<ReplayedDocument> Of(Replayed replayed) =>
        [.. replayed.Actions.Select(a => new ReplayedDocument(a.Action, [.. a.Steps.Select(s => new StepDocument(s.Actor, s.Action, s.Detail, s.Manual?.ToString()))]))];
}

/// <summary>The JSON document of a replay.</summary>
internal sealed record ReplayDocument(
    string Property, WorldOptions World, bool Interleaved, StepSize Size, IReadOnlyList<ReplayedDocument> Path, string? Violation, string? Recorded, string BrokenBy, string Rule, string Verdict, int ExitCode)
{
    public static ReplayDocument Of(Replay replay, Replayed replayed, int code) => new(
        replay.Property, replay.World, replay.Interleaved, replay.Size, ReplayedDocument.Of(replayed), replayed.Violation, replay.What, replayed.Blame.Who, replayed.Blame.Why,
        ReplayText.VerdictOf(replay, replayed), code);
}
