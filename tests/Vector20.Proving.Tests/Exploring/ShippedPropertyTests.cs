using Vector20.Hypervisor;
using Vector20.Proving.Exploring;
using Vector20.Proving.Properties;

namespace Vector20.Proving.Tests.Exploring;

/// <summary>Every property that is there holds of the hypervisor as it is. What refutes each is in docs/deviations.md.</summary>
public class ShippedPropertyTests
{
    public static TheoryData<string> Names { get; } = [.. PropertyTable.All.Select(make => make().Name)];

    [Theory, MemberData(nameof(Names))]
    public void One_action_in_every_interleaving_does_not_refute_it(string name)
    {
        Proof proof = Proofs.Run(Proofs.Small with { Property = PropertyTable.Find(name)! });
        Assert.True(proof.Counterexample is null, $"{proof.Why}: {string.Join("; ", proof.Counterexample?.Path ?? [])}");
    }

    /// <summary>The proofs that users run, all at once: a minute and a half of two processors.</summary>
    [Fact]
    [Trait("Speed", "Slow")]
    public void The_whole_proof_holds_of_each()
    {
        Proof proof = Proofs.Run(new ProofRequest { Property = () => new Every() });
        Assert.True(proof.Verdict == ProofVerdict.Proved, $"{proof.Why}: {string.Join("; ", proof.Counterexample?.Path ?? [])}");
    }

    [Fact]
    public void Control_a_bug_that_one_of_them_sees_refutes_all_at_once()
    {
        Proof proof = Proofs.Run(Proofs.Small with { Property = () => new Every(), HypervisorBugs = HypervisorBugs.LargePageBeyondSlot });
        Assert.StartsWith("guest-isolated", proof.Counterexample?.What);
    }

    private sealed class Every : Property
    {
        private readonly Property[] _all = [.. PropertyTable.All.Select(make => make())];

        public override string Name => "every";

        public override string Claim => "every property holds";

        public override IReadOnlyList<Property> Guards => [.. _all.SelectMany(property => property.Guards)];

        public override void Before(Observation seen)
        {
            foreach (Property property in _all) property.Before(seen);
        }

        public override string? Examine(Observation seen)
        {
            foreach (Property property in _all)
                if (property.Examine(seen) is { } what) return $"{property.Name}: {what}";
            return null;
        }
    }
}
