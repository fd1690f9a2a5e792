using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Proving.Decisions;
using Vector20.Proving.Exploring;
using Vector20.Proving.Properties;

namespace Vector20.Proving.Tests.Decisions;

/// <summary>Pure functions keep their rules over their whole input, and each deviation of one breaks its own rule and no other.</summary>
public class DecisionTests
{
    private const string Intercepts = "what VMX intercepts", Converts = "which EPT violations become #VE", Writes = "which entries the hypervisor writes", Takes = "which vectors a local APIC takes";

    public static TheoryData<HardwareFaults, HypervisorBugs, string> Broken { get; } = new()
    {
        { HardwareFaults.VeIgnoresSuppress, 0, Converts },
        { HardwareFaults.VeWhenAdOff, 0, Converts },
        { HardwareFaults.VeIgnoresBusy, 0, Converts },
        { HardwareFaults.VeDuringDelivery, 0, Converts },
        { HardwareFaults.BitmapSeesIntN, 0, Intercepts },
        { HardwareFaults.BitmapSeesIpi, 0, Intercepts },
        { HardwareFaults.ApicAcceptsIllegalVectors, 0, Takes },
        { HardwareFaults.ApicRejectsReservedVectors, 0, Takes },
        { 0, HypervisorBugs.ZapWritesZero, Writes },
        { 0, HypervisorBugs.NonpresentWithoutSuppress, Writes },
        { 0, HypervisorBugs.MappedWithoutSuppress, Writes },
        { 0, HypervisorBugs.FrozenWithoutSuppress, Writes },
        { 0, HypervisorBugs.AccessTrackedWithoutSuppress, Writes },
        { 0, HypervisorBugs.SplitWithoutSuppress, Writes },
    };

    [Fact]
    public void Every_decision_function_keeps_its_rule_over_its_whole_input()
    {
        IReadOnlyList<DecisionResult> all = DecisionTable.Run(Request(0, 0));
        Assert.Equal(5, all.Count);
        Assert.All(all, d => Assert.Null(d.Broken));
        Assert.Equal(256 * 256, all[^1].Inputs);
        Assert.Equal(ProofVerdict.Proved, Proof(0, 0).Verdict);
    }

    [Theory, MemberData(nameof(Broken))]
    public void Control_a_deviation_breaks_its_own_rule_and_no_other(HardwareFaults fault, HypervisorBugs bug, string rule)
    {
        Assert.Equal([rule], DecisionTable.Run(Request(fault, bug)).Where(d => d.Broken is not null).Select(d => d.Name));
        Proof proof = Proof(fault, bug);
        Assert.Equal(ProofVerdict.Refuted, proof.Verdict);
        Assert.StartsWith(rule, proof.Why, StringComparison.Ordinal);
    }

    private static ProofRequest Request(HardwareFaults fault, HypervisorBugs bug) => new() { Property = () => new DecisionRules(), HardwareFaults = fault, HypervisorBugs = bug };

    private static Proof Proof(HardwareFaults fault, HypervisorBugs bug)
    {
        using var prover = new Prover(Request(fault, bug));
        return prover.Run();
    }
}
