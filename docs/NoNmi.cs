// A property of your own: a public class that derives from Property. Run it with
//   ./vector20 prove docs/NoNmi.cs
// The usual namespaces are there already (System, Vector20.Machine.Events, Vector20.Hypervisor and so on: see docs/prove.md).
public sealed class NoNmi : Property
{
    public override string Name => "no-nmi";

    public override string Claim => "no guest ever gets an NMI";

    // Always: Examine says what is wrong. Never: it says what has happened that must not. Sometimes: it says what was seen.
    public override PropertyKind Kind => PropertyKind.Never;

    // A proof in which these were never seen would be one of nothing: it is then UNDECIDED.
    public override IReadOnlyList<Property> Guards { get; } =
        [new Seen("interrupts", "an interrupt is delivered", step => step is { Kind: EventStepKind.Delivered, Event.Type: EventType.ExternalInterrupt })];

    // Called after every action and every step, with the machine's events, the writes of EPT entries, and the VM as it is now.
    public override string? Examine(Observation seen)
    {
        foreach (EventStep step in seen.Events)
            if (step is { Kind: EventStepKind.Delivered, Event.Type: EventType.Nmi }) return $"vCPU {step.Processor} got an NMI";
        return null;
    }
}
