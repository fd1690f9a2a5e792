using Vector20.Hypervisor.Snapshots;
using Vector20.Machine;
using Vector20.Machine.Events;

namespace Vector20.Proving.Properties;

/// <summary>Claims C2 and C3: no local APIC ever accepts a vector from 0 to 15.</summary>
[Manual("3A", "11.5.2", "Valid Interrupt Vectors")]
public sealed class NoIllegalVector : Property
{
    private const ulong Illegal = 0xFFFF;

    /// <inheritdoc/>
    public override string Name => "no-illegal-vector";

    /// <inheritdoc/>
    public override string Claim => "no local APIC accepts an interrupt with a vector from 0 to 15";

    /// <inheritdoc/>
    public override PropertyKind Kind => PropertyKind.Never;

    /// <inheritdoc/>
    public override IReadOnlyList<Property> Guards { get; } =
    [
        new Seen("vector-refused", "a local APIC refuses a vector", e => e.Kind == EventStepKind.Refused),
        new Seen("vector-accepted", "a local APIC accepts a vector from 16 to 31", e => e is { Kind: EventStepKind.Accepted, Event.Vector: >= 16 and < 32 }),
    ];

    /// <inheritdoc/>
    public override string? Examine(Observation seen)
    {
        foreach (EventStep step in seen.Events)
            if (step is { Kind: EventStepKind.Accepted, Event: { Type: EventType.ExternalInterrupt, Vector: < 16 } }) return $"local APIC {step.Value} accepted vector {step.Event.Vector}";
        for (int i = 0; i < seen.Vm.Vcpus.Count; i++)
            if ((PendingEvents.InterruptsOf(seen.Vm.Vcpus[i])[0] & Illegal) != 0) return $"a vector below 16 is requested at vCPU {i}";
        return null;
    }

    /// <inheritdoc/>
    public override Blame BlameFor(Observation seen) => seen.Options.Apic == Hypervisor.VirtualApicMode.Bare
        ? new("processor", "the local APIC is the processor's own (SDM 3A 11.5.2, Valid Interrupt Vectors)")
        : new("hypervisor", "the local APIC is the hypervisor's (SDM 3A 11.5.2, Valid Interrupt Vectors)");
}
