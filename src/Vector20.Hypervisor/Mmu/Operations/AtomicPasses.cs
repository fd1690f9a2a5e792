using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Mmu.Operations;

/// <summary>Passes that freeze an entry in one change and end with another, while vCPUs may fault on it in between.</summary>
internal static class AtomicPasses
{
    /// <summary>The entry that decides about the operation's address, unless there is nothing to take away.</summary>
    public static bool Freeze(ShadowMmu mmu, ref MmuProgress progress)
    {
        if (progress.Frozen != 0) return Thaw(mmu, ref progress);
        if (progress.Cursor == ulong.MaxValue) return false;
        EntryLocation at = mmu.Find(new GuestPhysicalAddress(progress.Operation.Start));
        progress = progress with { Cursor = ulong.MaxValue };
        return mmu.StateOf(at) is not (ShadowEntryState.NonPresent or ShadowEntryState.Frozen) && Begin(mmu, at, ref progress);
    }

    /// <summary>Each table of a slot that one large page could replace, from the largest size down.</summary>
    public static bool Collapse(ShadowMmu mmu, ref MmuProgress progress)
    {
        if (progress.Frozen != 0) return Thaw(mmu, ref progress);
        if (mmu.Slots.Numbered(progress.Operation.SlotId) is not { } slot) return false;
        if (progress.Level == 0) progress = progress with { Level = mmu.LargestPage, Cursor = slot.GuestBase };
        for (; progress.Level > 1; progress = progress with { Level = progress.Level - 1, Cursor = slot.GuestBase })
        {
            ulong size = Memslot.PageSize(progress.Level);
            while (progress.Cursor < slot.GuestBase + slot.Size)
            {
                ulong guest = progress.Cursor;
                progress = progress with { Cursor = (guest & ~(size - 1)) + size };
                if (slot.HighestLevel(guest, mmu.LargestPage) < progress.Level) continue;
                var address = new GuestPhysicalAddress(guest);
                if (mmu.Find(address).Level >= progress.Level) continue;
                return Begin(mmu, mmu.FindAt(address, progress.Level), ref progress);
            }
        }

        return false;
    }

    private static bool Begin(ShadowMmu mmu, in EntryLocation at, ref MmuProgress progress)
    {
        Zap.Begin(mmu, at);
        progress = progress with { Frozen = at.Address.Value };
        return true;
    }

    /// <summary>The frozen entry becomes non-present, unless the table that it was in has gone meanwhile.</summary>
    private static bool Thaw(ShadowMmu mmu, ref MmuProgress progress)
    {
        ulong frozen = progress.Frozen;
        progress = progress with { Frozen = 0 };
        int index = mmu.Freezing.FindIndex(at => at.Address.Value == frozen);
        if (index < 0) return false;
        Zap.End(mmu, mmu.Freezing[index]);
        return true;
    }
}
