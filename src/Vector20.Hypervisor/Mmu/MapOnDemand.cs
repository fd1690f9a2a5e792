using Vector20.Machine;
using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Mmu;

/// <summary>What became of an EPT violation.</summary>
public enum FaultResult
{
    /// <summary>The entry allows the access now.</summary>
    Fixed,

    /// <summary>Someone else is changing the entry: try again.</summary>
    Retry,

    /// <summary>No memory there, or a write to a read-only slot: the access must be emulated.</summary>
    Emulate,
}

/// <summary>EPT violations: memory appears at the first access.</summary>
[Manual("3C", "29.3.3.2", "EPT Violations")]
public static class MapOnDemand
{
    /// <summary>Makes an access possible, or says why it is not.</summary>
    /// <param name="mmu">The EPT.</param>
    /// <param name="guest">Where.</param>
    /// <param name="write">Whether the access writes.</param>
    public static FaultResult Handle(ShadowMmu mmu, GuestPhysicalAddress guest, bool write)
    {
        EntryLocation at = mmu.Find(guest);
        if (mmu.FaultsWait || mmu.StateOf(at) == ShadowEntryState.Frozen) return FaultResult.Retry;
        if (mmu.Slots.Find(guest.Value) is not { } slot) return Mmio(mmu, guest) ? FaultResult.Emulate : FaultResult.Retry;
        if (write && slot.ReadOnly) return FaultResult.Emulate;
        return TryRestore(mmu, at, slot, guest, write) || Map(mmu, guest, slot, write) ? FaultResult.Fixed : FaultResult.Retry;
    }

    /// <summary>Gives back what access tracking or write protection took away, without asking for the page anew.</summary>
    private static bool TryRestore(ShadowMmu mmu, in EntryLocation at, Memslot slot, GuestPhysicalAddress guest, bool write)
    {
        ulong entry = mmu.Read(at);
        ShadowEntryState state = ShadowEntry.StateOf(entry, at.Level);
        if (state is not (ShadowEntryState.AccessTracked or ShadowEntryState.WriteProtected)) return false;
        if (state == ShadowEntryState.WriteProtected && !write) return false;
        bool mayWrite = write && (entry & SoftwareBits.Writable) != 0;
        if (mayWrite && slot.LogDirtyPages && at.Level > 1) return false;
        ShadowMapping mapping = ShadowEntry.MappingOf(entry, at.Level);
        mapping = mapping with { Rights = mapping.Rights | EptBits.Read | (mayWrite ? EptBits.Write : 0) };
        if (mayWrite) DirtyLog.Mark(mmu, slot, guest);
        mmu.Set(at, StateFor(mapping), mapping);
        mmu.Flush();
        return true;
    }

    private static bool Map(ShadowMmu mmu, GuestPhysicalAddress guest, Memslot slot, bool write)
    {
        int level = LevelOf(mmu, guest, slot);
        if (!Descend(mmu, guest, level, out EntryLocation at)) return false;
        bool writable = !slot.ReadOnly && (write || !slot.LogDirtyPages);
        var mapping = new ShadowMapping(
            slot.Translate(at.Base.Value), at.Level, writable ? EptBits.Permissions : EptBits.Read | EptBits.Execute, !slot.ReadOnly);
        if (writable) DirtyLog.Mark(mmu, slot, guest);
        mmu.Set(at, StateFor(mapping), mapping);
        return true;
    }

    /// <summary>The largest page that lies in the slot as a whole; a slot whose dirty pages are logged is mapped in small ones.</summary>
    private static int LevelOf(ShadowMmu mmu, GuestPhysicalAddress guest, Memslot slot)
    {
        if (slot.LogDirtyPages) return 1;
        bool beyond = (mmu.Rules.Bugs & HypervisorBugs.LargePageBeyondSlot) != 0;
        return (beyond ? slot with { Size = slot.Size + Memslot.PageSize(2) } : slot).HighestLevel(guest.Value, mmu.LargestPage);
    }

    private static bool Mmio(ShadowMmu mmu, GuestPhysicalAddress guest)
    {
        if (!Descend(mmu, guest, 1, out EntryLocation at)) return false;
        mmu.Set(at, ShadowEntryState.Mmio, new ShadowMapping(new PhysicalAddress(at.Base.Value), 1, Generation: mmu.Slots.Generation));
        return true;
    }

    /// <summary>
    /// Goes down to a level, adding tables and splitting large pages on the way. False when the access is to fault again: memory
    /// for tables is used up and everything has been zapped, or others take turns with this fault after each entry.
    /// </summary>
    internal static bool Descend(ShadowMmu mmu, GuestPhysicalAddress guest, int level, out EntryLocation at)
    {
        at = mmu.Find(guest);
        if (at.Level < level) return true;
        while (at.Level > level)
        {
            if (!(LargePages.IsLarge(mmu, at) ? LargePages.Split(mmu, at) : Link(mmu, at))) return Reclaim(mmu);
            if (mmu.Interleaved) return false;
            at = mmu.Below(at, guest);
        }

        return true;
    }

    /// <summary>The state of a leaf by its level and rights.</summary>
    internal static ShadowEntryState StateFor(in ShadowMapping mapping) =>
        (mapping.Rights & EptBits.Write) == 0 ? ShadowEntryState.WriteProtected : mapping.Level > 1 ? ShadowEntryState.Large : ShadowEntryState.Mapped;

    private static bool Link(ShadowMmu mmu, in EntryLocation at)
    {
        if (mmu.NewTable(at) is not { } table) return false;
        mmu.Set(at, ShadowEntryState.Table, new ShadowMapping(table, at.Level));
        return true;
    }

    private static bool Reclaim(ShadowMmu mmu)
    {
        Zap.All(mmu);
        return false;
    }
}
