using Vector20.Machine;

namespace Vector20.Proving.Properties;

/// <summary>The pure decision functions keep the manual's rules over their whole input, whether or not any guest comes to it.</summary>
[Manual("3C", "26.5.7.1", "Convertible EPT Violations")]
public sealed class DecisionRules : Property
{
    /// <inheritdoc/>
    public override string Name => "decision-rules";

    /// <inheritdoc/>
    public override string Claim => "what is intercepted, converted, accepted, classified and written into EPT entries is what the manual says, for every input";

    /// <inheritdoc/>
    public override string? Examine(Observation seen) => null;
}
