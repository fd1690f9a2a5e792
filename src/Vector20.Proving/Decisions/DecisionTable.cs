using Vector20.Proving.Exploring;

namespace Vector20.Proving.Decisions;

/// <summary>A pure function of the machine or the hypervisor, enumerated over its whole input.</summary>
/// <param name="Name">What it decides.</param>
/// <param name="Rule">The rule that every answer must keep, in words, with the manual's section.</param>
/// <param name="Inputs">How many inputs there are.</param>
/// <param name="Broken">The first input that breaks the rule; null: none does.</param>
public sealed record DecisionResult(string Name, string Rule, long Inputs, string? Broken);

/// <summary>All of them.</summary>
internal static class DecisionTable
{
    public static IReadOnlyList<DecisionResult> Run(ProofRequest request) =>
    [
        InterceptionDecision.Run(request.HardwareFaults),
        ConversionDecision.Run(request.HardwareFaults),
        EntryDecision.Run(request.HypervisorBugs),
        AcceptanceDecision.Run(request.HardwareFaults),
        ClassificationDecision.Run(),
    ];
}
