using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Mmu;

/// <summary>What isolates a guest: a leaf maps what a slot gives, and nothing else. The statement that <see cref="MapOnDemand"/> and the operations must keep.</summary>
public static class SlotRules
{
    /// <summary>How an entry breaks the rule; null: it does not.</summary>
    public static string? Breaks(ShadowMmu mmu, in EntryLocation at, ulong entry)
    {
        ShadowEntryState state = ShadowEntry.StateOf(entry, at.Level);
        if (state is not (ShadowEntryState.Mapped or ShadowEntryState.Large or ShadowEntryState.WriteProtected or ShadowEntryState.AccessTracked)) return null;
        ulong first = at.Base.Value, last = first + at.Size - 1, frame = entry & EptBits.Address;
        if (mmu.Slots.Find(first) is not { } slot) return $"the entry for {at.Base} maps memory, and no slot is there";
        if (!slot.Contains(last)) return $"the page at {at.Base} ends at 0x{last:x}, beyond slot {slot.Id}";
        if (frame != slot.Translate(first).Value) return $"the entry for {at.Base} maps 0x{frame:x}, the slot gives {slot.Translate(first)}";
        return slot.ReadOnly && (entry & EptBits.Write) != 0 ? $"the entry for {at.Base} allows writes of a read-only slot" : null;
    }

    /// <summary>The first entry that breaks it, in words; null when all keep it.</summary>
    public static string? FirstBroken(ShadowMmu mmu)
    {
        ulong from = 0;
        while (Leaves.TryNext(mmu, from, (1ul << 52) - 1, out EntryLocation at))
        {
            if (Breaks(mmu, at, mmu.Read(at)) is { } how) return how;
            from = at.Base.Value + at.Size;
        }

        return null;
    }
}
