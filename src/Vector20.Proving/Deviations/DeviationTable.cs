using System.Globalization;
using System.Text;
using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Proving.Actions;
using Vector20.Proving.Exploring;
using Vector20.Proving.Properties;
using Vector20.Proving.Questions;
using Vector20.Proving.Replaying;

namespace Vector20.Proving.Deviations;

/// <summary>One deliberate deviation, and the property that sees it.</summary>
/// <param name="Fault">Of the silicon, or none.</param>
/// <param name="Bug">Of the hypervisor, or none.</param>
/// <param name="Property">The property.</param>
/// <param name="Part">The part of the proof in which it is seen.</param>
/// <param name="Unseen">Why <c>no-ve</c> does not see it; null: it does, or another property is about it.</param>
public sealed record Deviation(HardwareFaults Fault, HypervisorBugs Bug, string Property, PartKind Part, string? Unseen = null)
{
    /// <summary>Its name.</summary>
    public string Name => Fault != 0 ? Names.Of(Fault) : Names.Of(Bug);

    /// <summary>The proof that is to fail.</summary>
    public ProofRequest Request => new() { Property = PropertyTable.Find(Property)!, HardwareFaults = Fault, HypervisorBugs = Bug, Parts = [Part], Vcpus = [1] };
}

/// <summary>Every deviation that has a name, each with what refutes it: the measure of what the prover finds.</summary>
public static class DeviationTable
{
    private const string NotConverted = "every entry that the hypervisor writes suppresses #VE, so no violation is convertible, and the rule is never asked",
        NoVe = "no #VE is raised, so nobody misses it; what is missing is the check itself";

    /// <summary>All of them but the nested ones, which need a nested hypervisor.</summary>
    public static IReadOnlyList<Deviation> All { get; } =
    [
        new(HardwareFaults.VeIgnoresSuppress, 0, "no-ve", PartKind.Sequences),
        new(HardwareFaults.VeWhenAdOff, 0, "no-ve", PartKind.Sequences),
        new(HardwareFaults.BitmapSeesIntN, 0, "no-ve", PartKind.Singles),
        new(HardwareFaults.BitmapSeesIpi, 0, "no-ve", PartKind.Singles),
        new(HardwareFaults.Ipi20AsException, 0, "no-ve", PartKind.Singles),
        new(HardwareFaults.ApicAcceptsIllegalVectors, 0, "no-illegal-vector", PartKind.Singles),
        new(HardwareFaults.ApicRejectsReservedVectors, 0, "reserved-vectors", PartKind.Singles),
        new(HardwareFaults.VeIgnoresBusy, 0, "decision-rules", PartKind.Decisions, NotConverted),
        new(HardwareFaults.VeDuringDelivery, 0, "decision-rules", PartKind.Decisions, NotConverted),
        new(0, HypervisorBugs.ZapWritesZero, "no-ve", PartKind.Sequences),
        new(0, HypervisorBugs.NonpresentWithoutSuppress, "no-ve", PartKind.Sequences),
        new(0, HypervisorBugs.MappedWithoutSuppress, "no-ve", PartKind.Sequences),
        new(0, HypervisorBugs.FrozenWithoutSuppress, "no-ve", PartKind.Sequences),
        new(0, HypervisorBugs.AccessTrackedWithoutSuppress, "no-ve", PartKind.Sequences),
        new(0, HypervisorBugs.SplitWithoutSuppress, "no-ve", PartKind.Sequences),
        new(0, HypervisorBugs.BitmapMissesVe, "check-armed", PartKind.Sequences, NoVe),
        new(0, HypervisorBugs.VeInfoPageMissing, "check-armed", PartKind.Sequences, NoVe),
        new(0, HypervisorBugs.ForgetsInterruptedEvent, "no-lost-event", PartKind.Sequences),
        new(0, HypervisorBugs.LargePageBeyondSlot, "guest-isolated", PartKind.Sequences),
        new(0, HypervisorBugs.VirtualApicTakesIllegalVectors, "no-illegal-vector", PartKind.Singles),
        new(0, HypervisorBugs.XsetbvUnhandled, "exits-handled", PartKind.Singles),
    ];

    /// <summary>The table in Markdown, every row of which has just been run.</summary>
    public static string Markdown()
    {
        var text = new StringBuilder("""
            # Every deviation, and what refutes it

            Made by running `vector20 prove` with each hardware fault and each bug of the hypervisor that has a name; a test runs it again and compares. The counterexample is the
            shortest: what a vCPU or the host begins counts as an action, the steps between are listed by `--replay`. `nested-ve-info-missing` and `forward-ve-to-l1` need a nested
            hypervisor and are refused.

            | deviation | property | verdict | actions | broken by | the counterexample |
            | --- | --- | --- | ---: | --- | --- |

            """);
        foreach (Deviation deviation in All)
        {
            using var prover = new Prover(deviation.Request);
            text.Append(Row(deviation, prover.Run()));
        }

        text.Append("\nNot seen by `no-ve`, and why:\n\n");
        foreach (Deviation deviation in All)
            if (deviation.Unseen is { } why) text.Append(CultureInfo.InvariantCulture, $"- `{deviation.Name}`: {why}. `{deviation.Property}` is about it.\n");
        return text.ToString();
    }

    private static string Row(Deviation deviation, Proof proof)
    {
        string head = $"| `{deviation.Name}` | `{deviation.Property}` | {proof.Verdict.ToString().ToUpperInvariant()} | ";
        if (proof.Counterexample is not { } found) return $"{head} | {(deviation.Fault != 0 ? "processor" : "hypervisor")} | {proof.Why} |\n";
        WorldAction[] actions = [.. found.Path.Where(a => a.Kind != ActionKind.Step)];
        string path = AskLine.Of(found) is { } ask ? $"`{ask}`" : $"{string.Join("; ", actions)} ({found.World})";
        return $"{head}{actions.Length} | {found.Who} | {path} |\n";
    }
}
