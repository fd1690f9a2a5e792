using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Mmu;

/// <summary>Dirty logging by write protection: which pages of a slot were written since the log was last read.</summary>
public static class DirtyLog
{
    /// <summary>Starts logging: large pages are split, and write permission is taken from every page.</summary>
    public static void Start(ShadowMmu mmu, int slotId)
    {
        Memslot slot = Slot(mmu, slotId) with { LogDirtyPages = true };
        mmu.Slots.Set(slot);
        mmu.DirtyBitmaps[slotId] = new ulong[(slot.Size / 4096 + 63) / 64];
        LargePages.SplitAll(mmu, slot);
        Protect(mmu, slot);
    }

    /// <summary>Reads the log and clears it: bit n is page n of the slot. The pages are protected again.</summary>
    public static ulong[] ReadAndClear(ShadowMmu mmu, int slotId)
    {
        Memslot slot = Slot(mmu, slotId);
        ulong[] log = mmu.DirtyBitmaps[slotId];
        mmu.DirtyBitmaps[slotId] = new ulong[log.Length];
        Protect(mmu, slot);
        return log;
    }

    /// <summary>Stops logging: tables of small pages are zapped atomically where a large page fits, so that the next access maps one.</summary>
    public static void Stop(ShadowMmu mmu, int slotId)
    {
        Memslot slot = Slot(mmu, slotId) with { LogDirtyPages = false };
        mmu.Slots.Set(slot);
        mmu.DirtyBitmaps.Remove(slotId);
        LargePages.Collapse(mmu, slot);
    }

    /// <summary>Records that a page is about to be written.</summary>
    internal static void Mark(ShadowMmu mmu, Memslot slot, GuestPhysicalAddress guest)
    {
        if (!slot.LogDirtyPages) return;
        ulong page = (guest.Value - slot.GuestBase) >> 12;
        mmu.DirtyBitmaps[slot.Id][page >> 6] |= 1ul << (int)(page & 63);
    }

    /// <summary>Write permission is taken from entries in place, as Linux does: what else an entry has, or lacks, it keeps.</summary>
    private static void Protect(ShadowMmu mmu, Memslot slot)
    {
        Leaves.ForEach(mmu, slot.GuestBase, slot.Size, static (m, at) =>
        {
            if (m.StateOf(at) is not (ShadowEntryState.Mapped or ShadowEntryState.Large)) return;
            m.Write(at, ShadowEntryState.WriteProtected, ShadowEntry.WithoutWrite(m.Read(at)));
        });
        mmu.Flush();
    }

    private static Memslot Slot(ShadowMmu mmu, int id) =>
        mmu.Slots.All.FirstOrDefault(s => s.Id == id) ?? throw new ArgumentException($"there is no slot {id}", nameof(id));
}
