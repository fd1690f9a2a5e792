using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Mmu;

/// <summary>Finding the entries of a range that are not references to tables and not non-present.</summary>
internal static class Leaves
{
    /// <summary>The first such entry that covers an address from <paramref name="from"/> to <paramref name="last"/>. False: there is none.</summary>
    public static bool TryNext(ShadowMmu mmu, ulong from, ulong last, out EntryLocation leaf) =>
        TryNext(mmu, mmu.Root, default, mmu.Levels, from, last, out leaf);

    /// <summary>The first entry of one table that is not non-present: references to tables too.</summary>
    public static bool TryNextOfTable(ShadowMmu mmu, PhysicalAddress table, GuestPhysicalAddress first, int level, ulong from, ulong last, out EntryLocation found)
    {
        int shift = 12 + 9 * (level - 1);
        ulong start = Math.Max(from, first.Value) - first.Value;
        for (ulong i = start >> shift; i < 512; i++)
        {
            found = new EntryLocation(new PhysicalAddress(table.Value + i * 8), new GuestPhysicalAddress(first.Value + (i << shift)), level);
            if (found.Base.Value > last) return false;
            if (mmu.StateOf(found) != ShadowEntryState.NonPresent) return true;
        }

        found = default;
        return false;
    }

    private static bool TryNext(ShadowMmu mmu, PhysicalAddress table, GuestPhysicalAddress first, int level, ulong from, ulong last, out EntryLocation leaf)
    {
        while (TryNextOfTable(mmu, table, first, level, from, last, out leaf))
        {
            if (mmu.StateOf(leaf) != ShadowEntryState.Table) return true;
            EntryLocation above = leaf;
            if (TryNext(mmu, mmu.TableBelow(above), above.Base, level - 1, from, last, out leaf)) return true;
            from = above.Base.Value + above.Size;
            if (from > last) return false;
        }

        return false;
    }
}
