using Vector20.Machine;
using Vector20.Machine.Events;
using Vector20.Machine.Vmx;

namespace Vector20.Proving.Properties;

/// <summary>No exit without a handler, and no VM entry that fails.</summary>
[Manual("3C", "28.2.1", "Basic VM-Exit Information")]
public sealed class ExitsHandled : Property
{
    /// <inheritdoc/>
    public override string Name => "exits-handled";

    /// <inheritdoc/>
    public override string Claim => "the hypervisor handles every exit, and no VM entry fails";

    /// <inheritdoc/>
    public override PropertyKind Kind => PropertyKind.Never;

    /// <inheritdoc/>
    public override IReadOnlyList<Property> Guards { get; } =
    [
        new Seen("exits", "a VM exit is handled", e => e.Kind == EventStepKind.VmExit),
        new Seen("xsetbv-exits", "XSETBV exits", e => e is { Kind: EventStepKind.VmExit, Value: (ulong)ExitReason.Xsetbv }),
    ];

    /// <inheritdoc/>
    public override string? Examine(Observation seen) => seen.Vm.Unhandled is { } unhandled ? $"{unhandled}: {seen.Vm.Why}" : null;

    /// <inheritdoc/>
    public override Blame BlameFor(Observation seen) => new("hypervisor", "the handler is the hypervisor's to have");
}
