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
}
