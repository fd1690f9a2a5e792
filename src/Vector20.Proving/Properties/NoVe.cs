using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Machine.Events;

namespace Vector20.Proving.Properties;

/// <summary>Claim C13: a guest that is no TD makes no #VE exit, and sees no #VE.</summary>
[Manual("3C", "26.5.7", "Virtualization Exceptions")]
public sealed class NoVe : Property
{
    /// <inheritdoc/>
    public override string Name => "no-ve";

    /// <inheritdoc/>
    public override string Claim => "no guest that is no TD makes a #VE exit, and none sees #VE";

    /// <inheritdoc/>
    public override PropertyKind Kind => PropertyKind.Never;

    /// <inheritdoc/>
    public override IReadOnlyList<Property> Guards { get; } =
    [
        new Seen("violation-examined", "an EPT violation is examined for #VE", e => e.Kind == EventStepKind.Converted),
        new Seen("vector-20-by-int", "INT 20 is delivered", e => e is { Kind: EventStepKind.Delivered, Event: { Type: EventType.SoftwareInterrupt, Vector: 20 } }),
        new Seen("vector-20-by-interrupt", "an interrupt with vector 20 is delivered", e => e is { Kind: EventStepKind.Delivered, Event: { Type: EventType.ExternalInterrupt, Vector: 20 } }),
        new Seen("exception-exits", "an exception makes a VM exit by its bit of the exception bitmap", e => e.Kind == EventStepKind.Intercepted),
    ];

    /// <inheritdoc/>
    public override string? Examine(Observation seen)
    {
        if (seen.Vm.State == VmState.Killed) return seen.Vm.Why;
        if (seen.Vm.Dumps.Count > 0) return "a #VE exit was dumped, and the guest resumed";
        foreach (EventStep step in seen.Events)
            if (step.Kind == EventStepKind.Delivered && step.Event.Is(ExceptionVector.Virtualization)) return "the guest's own handler received #VE";
        return null;
    }

    /// <summary>The entry that decided tells: with bit 63 set, the processor had no business to convert; clear, the hypervisor wrote it so.</summary>
    [Manual("3C", "26.5.7.1", "Convertible EPT Violations")]
    public override Blame BlameFor(Observation seen)
    {
        const ulong Suppress = 1ul << 63;
        EventStep? converted = null;
        foreach (EventStep step in seen.Events)
            if (step.Kind == EventStepKind.Converted) converted = step;
        if (converted is not { } deciding)
            return new("processor", "the hypervisor's entries are right: no EPT violation was met, and yet there is #VE; vector 20 is no exception unless the processor raises it (SDM 3C 26.2, Other Causes of VM Exits)");
        return (deciding.Value & Suppress) != 0
            ? new("processor", $"the hypervisor's entries are right: bit 63 of the entry that decides (0x{deciding.Value:x16}) is 1, and the processor broke its rule (SDM 3C 26.5.7.1, Convertible EPT Violations)")
            : new("hypervisor", $"bit 63 of the entry that decides (0x{deciding.Value:x16}) is 0: the hypervisor wrote an entry that does not suppress #VE");
    }
}
