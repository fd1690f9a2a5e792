using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Events;

namespace Vector20.Proving.Properties;

/// <summary>Claims C1 and C4: a vector from 16 to 31 is reserved, yet it is no error, and nobody refuses it.</summary>
[Manual("3A", "11.5.2", "Valid Interrupt Vectors")]
public sealed class ReservedVectors : Property
{
    private const ulong IllegalVector = (ulong)(ErrorStatus.SendIllegalVector | ErrorStatus.ReceiveIllegalVector);

    /// <inheritdoc/>
    public override string Name => "reserved-vectors";

    /// <inheritdoc/>
    public override string Claim => "no local APIC reports an error for an interrupt with a vector from 16 to 31";

    /// <inheritdoc/>
    public override PropertyKind Kind => PropertyKind.Never;

    /// <inheritdoc/>
    public override IReadOnlyList<Property> Guards { get; } =
    [
        new Seen("reserved-delivered", "an interrupt with a vector from 16 to 31 is delivered",
            e => e is { Kind: EventStepKind.Delivered, Event: { Type: EventType.ExternalInterrupt, Vector: >= 16 and < 32 } }),
    ];

    /// <inheritdoc/>
    public override string? Examine(Observation seen)
    {
        foreach (EventStep step in seen.Events)
            if (step is { Kind: EventStepKind.Refused, Event.Vector: >= 16 and < 32 } && (step.Value & IllegalVector) != 0) return $"local APIC {step.Processor} refused vector {step.Event.Vector}: {step.Why}";
        return null;
    }

    /// <inheritdoc/>
    public override Blame BlameFor(Observation seen) => new NoIllegalVector().BlameFor(seen);
}
