using Vector20.Hypervisor.Mmu;
using Vector20.Machine;
using Vector20.Machine.Memory;
using Vector20.Machine.Snapshots;

namespace Vector20.Proving.Properties;

/// <summary>A guest reads and writes only what the hypervisor's slots give it.</summary>
[Manual("3C", "29.3.2", "EPT Translation Mechanism")]
public sealed class GuestIsolated : Property
{
    private readonly List<ulong> _changed = [];

    /// <inheritdoc/>
    public override string Name => "guest-isolated";

    /// <inheritdoc/>
    public override string Claim => "every EPT entry that maps memory maps what a slot gives, and the guest changes no memory beyond";

    /// <inheritdoc/>
    public override IReadOnlyList<Property> Guards { get; } = [new EntryWritten()];

    /// <inheritdoc/>
    public override string? Examine(Observation seen)
    {
        foreach (EntryWrite write in seen.Writes)
            if (SlotRules.Breaks(seen.Vm.Mmu, write.Location, write.New) is { } how) return how;
        if (seen.IsQuiet && SlotRules.FirstBroken(seen.Vm.Mmu) is { } broken) return broken;
        _changed.Clear();
        CanonicalState.AddChangedPages(seen.Computer.Memory, seen.Origin.Memory, _changed);
        foreach (ulong page in _changed)
            if (!seen.Vm.Owns(new PhysicalAddress(page)) && !seen.OriginVm.Owns(new PhysicalAddress(page))) return $"memory at 0x{page:x} was written, which is neither the guest's nor the hypervisor's";
        return null;
    }

    /// <inheritdoc/>
    public override Blame BlameFor(Observation seen) => new("hypervisor", "the entry is the hypervisor's");

    /// <summary>Sometimes: an entry that maps memory is written.</summary>
    private sealed class EntryWritten : Property
    {
        public override string Name => "memory-mapped";

        public override string Claim => "an entry that maps memory is written";

        public override PropertyKind Kind => PropertyKind.Sometimes;

        public override string? Examine(Observation seen) => seen.Writes.Any(w => w.State is ShadowEntryState.Mapped or ShadowEntryState.Large) ? Claim : null;
    }
}
