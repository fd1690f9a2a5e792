using Vector20.Proving.Actions;
using Vector20.Proving.Decisions;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Exploring;

/// <summary>What came of a proof.</summary>
public enum ProofVerdict
{
    /// <summary>The property holds for everything that was to be covered.</summary>
    Proved,

    /// <summary>It does not: there is a counterexample.</summary>
    Refuted,

    /// <summary>A limit was reached, the run was stopped, or a guard was never met.</summary>
    Undecided,
}

/// <summary>How a part of a proof ended.</summary>
public enum PartEnd
{
    /// <summary>Everything was covered.</summary>
    Complete,

    /// <summary>There were no new states any more: it holds for sequences of any length.</summary>
    Fixpoint,

    /// <summary>A violation was found.</summary>
    Violated,

    /// <summary>There were more states than the limit allows.</summary>
    Limit,

    /// <summary>It was stopped.</summary>
    Stopped,
}

/// <summary>One part of a proof.</summary>
public sealed record PartResult
{
    /// <summary>Which part.</summary>
    public required PartKind Kind { get; init; }

    /// <summary>What was covered, in words.</summary>
    public required string What { get; init; }

    /// <summary>How it ended.</summary>
    public PartEnd End { get; set; }

    /// <summary>Actions and steps executed; decisions evaluated.</summary>
    public long Executed { get; set; }

    /// <summary>States found.</summary>
    public long States { get; set; }

    /// <summary>The longest sequence after which a state was new.</summary>
    public int Depth { get; set; }

    /// <summary>Seconds it took.</summary>
    public double Seconds { get; set; }
}

/// <summary>Shows that the property does not hold.</summary>
/// <param name="World">In which world.</param>
/// <param name="Path">The actions, beginnings and steps, the last of which violates it.</param>
/// <param name="Interleaved">Whether the path is of beginnings and steps, rather than of whole actions.</param>
/// <param name="What">What was seen.</param>
/// <param name="Who">Who broke a rule: hypervisor, processor, or unknown.</param>
/// <param name="Why">Which rule, and how.</param>
/// <param name="Part">In which part it was found.</param>
public sealed record Counterexample(WorldOptions World, IReadOnlyList<WorldAction> Path, bool Interleaved, string What, string Who, string Why, PartKind Part);

/// <summary>What was found out.</summary>
public sealed record Proof
{
    /// <summary>The property's name.</summary>
    public required string Property { get; init; }

    /// <summary>What it says.</summary>
    public required string Claim { get; init; }

    /// <summary>The verdict.</summary>
    public required ProofVerdict Verdict { get; init; }

    /// <summary>The verdict in a line.</summary>
    public required string Why { get; init; }

    /// <summary>The parts, in order.</summary>
    public required IReadOnlyList<PartResult> Parts { get; init; }

    /// <summary>The decision functions that were enumerated.</summary>
    public required IReadOnlyList<DecisionResult> Decisions { get; init; }

    /// <summary>What it rests on.</summary>
    public required IReadOnlyList<string> Assumptions { get; init; }

    /// <summary>What must happen sometimes, and whether it did.</summary>
    public required IReadOnlyList<(string Name, string Claim, bool Met)> Guards { get; init; }

    /// <summary>What the machine said that it does not implement, and how often: those actions are not covered.</summary>
    public required IReadOnlyDictionary<string, long> Excluded { get; init; }

    /// <summary>How often each end was met, by <see cref="ActionEnd"/>.</summary>
    public required IReadOnlyList<long> Ends { get; init; }

    /// <summary>The counterexample.</summary>
    public Counterexample? Counterexample { get; init; }

    /// <summary>What was seen.</summary>
    public required Coverage Coverage { get; init; }

    /// <summary>The depth that was asked for.</summary>
    public required int Depth { get; init; }

    /// <summary>The numbers of vCPUs that were asked for.</summary>
    public required IReadOnlyList<int> Vcpus { get; init; }

    /// <summary>Workers.</summary>
    public required int Workers { get; init; }

    /// <summary>Seconds it took.</summary>
    public required double Seconds { get; init; }

    /// <summary>Actions and steps executed.</summary>
    public long Executed => Parts.Where(p => p.Kind != PartKind.Decisions).Sum(p => p.Executed);

    /// <summary>States found.</summary>
    public long States => Parts.Sum(p => p.States);
}
