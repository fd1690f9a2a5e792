namespace Vector20.Hypervisor.Mmu;

/// <summary>Giving a VM memory and taking it away.</summary>
public static class SlotChanges
{
    /// <summary>Adds a slot. MMIO entries made before are stale: their generation has passed.</summary>
    public static void Add(ShadowMmu mmu, Memslot slot)
    {
        mmu.Slots.Set(slot);
        ForgetMmioWhenGenerationsWrap(mmu);
    }

    /// <summary>Deletes a slot: its range is zapped and becomes MMIO.</summary>
    public static void Delete(ShadowMmu mmu, int id)
    {
        Memslot slot = mmu.Slots.All.First(s => s.Id == id);
        mmu.Slots.Remove(id);
        mmu.DirtyBitmaps.Remove(id);
        Zap.Range(mmu, slot.GuestBase, slot.Size);
        ForgetMmioWhenGenerationsWrap(mmu);
    }

    /// <summary>Moves a slot to another guest-physical address.</summary>
    public static void Move(ShadowMmu mmu, int id, ulong guestBase)
    {
        Memslot slot = mmu.Slots.All.First(s => s.Id == id);
        Delete(mmu, id);
        Add(mmu, slot with { GuestBase = guestBase });
    }

    private static void ForgetMmioWhenGenerationsWrap(ShadowMmu mmu)
    {
        if (mmu.Slots.Generation == 0) Zap.All(mmu);
    }
}
