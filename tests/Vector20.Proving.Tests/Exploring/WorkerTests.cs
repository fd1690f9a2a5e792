using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Proving.Exploring;

namespace Vector20.Proving.Tests.Exploring;

/// <summary>What is found depends on what is asked, not on how many workers look for it.</summary>
public class WorkerTests
{
    [Fact]
    public void A_proof_is_the_same_with_one_two_and_three_workers() => AssertSame(Proofs.Small);

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_fixpoint_is_the_same_with_one_two_and_three_workers() => AssertSame(Proofs.Small with { Parts = [PartKind.Closure] }, 1, 3);

    [Theory]
    [InlineData(HardwareFaults.None, HypervisorBugs.NonpresentWithoutSuppress), InlineData(HardwareFaults.None, HypervisorBugs.LargePageBeyondSlot), InlineData(HardwareFaults.Ipi20AsException, HypervisorBugs.None)]
    public void So_is_a_counterexample(HardwareFaults fault, HypervisorBugs bug) => AssertSame(Proofs.Small with { HardwareFaults = fault, HypervisorBugs = bug });

    [Fact]
    [Trait("Speed", "Slow")]
    public void So_is_one_of_two_actions() => AssertSame(Proofs.Small with { Depth = 2, Vcpus = [1], HypervisorBugs = HypervisorBugs.ZapWritesZero }, 1, 2, 3);

    [Fact]
    public void Control_another_request_has_another_proof() =>
        Assert.NotEqual(Proofs.Text(Proofs.Run(Proofs.Small)), Proofs.Text(Proofs.Run(Proofs.Small with { Vcpus = [1] })));

    private static void AssertSame(ProofRequest request, params int[] workers)
    {
        string[] proofs = [.. (workers.Length > 0 ? workers : [1, 2, 3]).Select(n => Proofs.Text(Proofs.Run(request with { Workers = n })))];
        Assert.All(proofs, proof => Assert.Equal(proofs[0], proof));
    }
}
