using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Mmu;

/// <summary>Splitting large pages into pieces, and making way for large pages again.</summary>
public static class LargePages
{
    /// <summary>Replaces a large leaf by a table of pieces with the same rights. False when memory for the table is used up.</summary>
    public static bool Split(ShadowMmu mmu, in EntryLocation at)
    {
        ShadowMapping whole = ShadowEntry.MappingOf(mmu.Read(at), at.Level);
        int level = at.Level - 1;
        if (mmu.NewTable(level) is not { } table) return false;
        foreach (EntryLocation piece in ShadowMmu.EntriesOf(table, at.Base, level))
        {
            var frame = new PhysicalAddress(whole.Frame.Value + (piece.Base.Value - at.Base.Value));
            mmu.Set(piece, ShadowEntryState.Split, whole with { Frame = frame, Level = level });
        }

        mmu.Set(at, ShadowEntryState.Table, new ShadowMapping(table, at.Level));
        mmu.Flush();
        return true;
    }

    /// <summary>Splits every large page of a slot down to 4 KiB. Pieces for which memory runs out are zapped instead.</summary>
    public static void SplitAll(ShadowMmu mmu, Memslot slot)
    {
        bool again = true;
        while (again)
        {
            again = false;
            Leaves.ForEach(mmu, slot.GuestBase, slot.Size, (m, at) =>
            {
                if (at.Level == 1) return;
                again |= at.Level > 2;
                if (!Split(m, at)) Zap.Entry(m, at);
            });
        }

        mmu.Flush();
    }

    /// <summary>Zaps, atomically, each table of a slot that one large page could replace.</summary>
    public static void Collapse(ShadowMmu mmu, Memslot slot)
    {
        for (int level = mmu.LargestPage; level > 1; level--)
        {
            ulong size = Memslot.PageSize(level);
            for (ulong guest = slot.GuestBase & ~(size - 1); guest < slot.GuestBase + slot.Size; guest += size)
            {
                ulong inside = Math.Max(guest, slot.GuestBase);
                if (slot.HighestLevel(inside, mmu.LargestPage) >= level) CollapseOne(mmu, inside, level);
            }
        }
    }

    private static void CollapseOne(ShadowMmu mmu, ulong guest, int level)
    {
        var address = new GuestPhysicalAddress(guest);
        EntryLocation at = mmu.Find(address);
        if (at.Level >= level) return;
        Zap.Atomically(mmu, mmu.FindAt(address, level));
    }
}
