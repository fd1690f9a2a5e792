using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Proving.Actions;
using Vector20.Proving.Deviations;
using Vector20.Proving.Exploring;
using Vector20.Proving.Properties;
using Vector20.Proving.Replaying;

namespace Vector20.Proving.Tests.Exploring;

/// <summary>A counterexample is the shortest there is, says who broke which rule, and does the same when it is executed again.</summary>
public class CounterexampleTests
{
    [Theory]
    [InlineData(HardwareFaults.VeIgnoresSuppress), InlineData(HardwareFaults.VeWhenAdOff)]
    [Manual("3C", "26.5.7.1", "Convertible EPT Violations")]
    public void Silicon_that_converts_what_is_suppressed_is_told_from_a_hypervisor_that_does_not_suppress(HardwareFaults fault)
    {
        Counterexample found = Find(Proofs.Small with { HardwareFaults = fault })!;
        Assert.Equal("processor", found.Who);
        Assert.StartsWith("the hypervisor's entries are right: bit 63 of the entry that decides", found.Why, StringComparison.Ordinal);
        Assert.Contains("SDM 3C 26.5.7.1", found.Why, StringComparison.Ordinal);
        Assert.Equal("hypervisor", Find(Proofs.Small with { HypervisorBugs = HypervisorBugs.NonpresentWithoutSuppress })!.Who);
    }

    [Theory]
    [InlineData(HardwareFaults.BitmapSeesIntN, "int-20"), InlineData(HardwareFaults.BitmapSeesIpi, "ipi"), InlineData(HardwareFaults.Ipi20AsException, "ipi")]
    public void Vector_20_without_an_EPT_violation_is_the_processors_doing(HardwareFaults fault, string action)
    {
        Counterexample found = Find(Proofs.Small with { HardwareFaults = fault })!;
        Assert.Equal("processor", found.Who);
        Assert.Contains("no EPT violation was met", found.Why, StringComparison.Ordinal);
        Assert.Contains(action, found.Path[0].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HardwareFaults.VeIgnoresBusy, HypervisorBugs.None), InlineData(HardwareFaults.VeDuringDelivery, HypervisorBugs.None), InlineData(HardwareFaults.None, HypervisorBugs.BitmapMissesVe), InlineData(HardwareFaults.None, HypervisorBugs.VeInfoPageMissing)]
    public void What_cannot_be_seen_while_every_entry_suppresses_is_not_seen_by_no_ve(HardwareFaults fault, HypervisorBugs bug)
    {
        Proof proof = Proofs.Run(Proofs.Small with { HardwareFaults = fault, HypervisorBugs = bug });
        Assert.Equal(ProofVerdict.Proved, proof.Verdict);
        Deviation deviation = DeviationTable.All.Single(d => d.Fault == fault && d.Bug == bug);
        Assert.NotNull(deviation.Unseen);
        Assert.Equal(ProofVerdict.Refuted, Proofs.Run(deviation.Request with { Depth = 1 }).Verdict);
    }

    [Theory]
    [InlineData(HypervisorBugs.ZapWritesZero), InlineData(HypervisorBugs.FrozenWithoutSuppress)]
    public void A_window_between_two_steps_is_not_seen_by_single_actions_from_the_first_state(HypervisorBugs bug)
    {
        Proof proof = Proofs.Run(Proofs.Small with { HypervisorBugs = bug });
        Assert.Equal(ProofVerdict.Proved, proof.Verdict);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_zap_that_wrote_zero_is_found_with_a_host_operation_between_two_steps_and_the_fix_closes_the_window()
    {
        Counterexample found = Find(Proofs.Small with { Depth = 2, Vcpus = [1], HypervisorBugs = HypervisorBugs.ZapWritesZero })!;
        Assert.True(found.Interleaved);
        Assert.Equal(2, found.Path.Count(a => a.Kind != ActionKind.Step));
        Assert.Contains(found.Path, a => a.Kind == ActionKind.Host);
        Assert.Equal("hypervisor", found.Who);
        Replayed replayed = Replay(found, found.Path);
        Assert.Equal(found.What, replayed.Violation);
        Assert.Equal(found.Who, replayed.Blame.Who);
        Assert.NotNull(replayed.Dump);
        Assert.Contains(replayed.Actions.SelectMany(a => a.Steps), s => s.Detail.EndsWith("-> 0x0000000000000000", StringComparison.Ordinal));
        AssertMinimal(found);
        Replayed mended = Replay(found with { World = found.World with { HypervisorBugs = 0 } }, found.Path);
        Assert.Null(mended.Violation);
        Assert.Null(mended.Impossible);
    }

    [Theory]
    [InlineData(HypervisorBugs.NonpresentWithoutSuppress), InlineData(HypervisorBugs.MappedWithoutSuppress), InlineData(HypervisorBugs.FrozenWithoutSuppress)]
    [InlineData(HypervisorBugs.AccessTrackedWithoutSuppress), InlineData(HypervisorBugs.SplitWithoutSuppress)]
    [Trait("Speed", "Slow")]
    public void Every_entry_without_bit_63_is_the_hypervisors_and_its_counterexample_needs_each_of_its_steps(HypervisorBugs bug)
    {
        Counterexample found = Find(Proofs.Small with { Depth = 2, Vcpus = [1], HypervisorBugs = bug })!;
        Assert.Equal("hypervisor", found.Who);
        Assert.Equal(found.What, Replay(found, found.Path).Violation);
        AssertMinimal(found);
        Assert.Null(Replay(found with { World = found.World with { HypervisorBugs = 0 } }, found.Path).Violation);
    }

    [Fact]
    public void Beyond_the_limit_of_states_nothing_is_decided()
    {
        Proof proof = Proofs.Run(Proofs.Small with { StateLimit = 50 });
        Assert.Equal(ProofVerdict.Undecided, proof.Verdict);
        Assert.Contains(proof.Parts, p => p.End == PartEnd.Limit);
    }

    [Fact]
    public void A_proof_of_nothing_is_undecided()
    {
        Proof proof = Proofs.Run(Proofs.Small with { Property = () => new NoVe(), Parts = [PartKind.Decisions] });
        Assert.Equal(ProofVerdict.Undecided, proof.Verdict);
        Assert.Contains("a proof of nothing", proof.Why.Replace("the proof would be one", "a proof", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static Counterexample? Find(ProofRequest request) => Proofs.Run(request).Counterexample;

    private static Replayed Replay(Counterexample found, IReadOnlyList<WorldAction> path) =>
        Replayer.Run(new Replay("no-ve", found.What, found.Interleaved, StepSize.Visible, found.World, path), () => new NoVe());

    /// <summary>Whichever action or step is left out, the rest violates nothing.</summary>
    private static void AssertMinimal(Counterexample found)
    {
        for (int i = 0; i < found.Path.Count; i++)
            Assert.Null(Replay(found, [.. found.Path.Where((_, at) => at != i)]).Violation);
    }
}
