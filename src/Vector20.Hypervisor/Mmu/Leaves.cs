using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Mmu;

/// <summary>Visiting the entries of a range that are not references to tables and not non-present.</summary>
internal static class Leaves
{
    /// <summary>Calls a function with every such entry that covers a byte of the range; it may change the entry.</summary>
    public static void ForEach(ShadowMmu mmu, ulong start, ulong size, Action<ShadowMmu, EntryLocation> visit) =>
        Visit(mmu, mmu.Root, default, mmu.Levels, start, start + size - 1, visit);

    private static void Visit(ShadowMmu mmu, PhysicalAddress table, GuestPhysicalAddress first, int level, ulong start, ulong last, Action<ShadowMmu, EntryLocation> visit)
    {
        foreach (EntryLocation at in ShadowMmu.EntriesOf(table, first, level))
        {
            if (at.Base.Value > last) return;
            if (at.Base.Value + at.Size - 1 < start) continue;
            ShadowEntryState state = mmu.StateOf(at);
            if (state == ShadowEntryState.Table) Visit(mmu, new PhysicalAddress(mmu.Read(at) & EptBits.Address), at.Base, level - 1, start, last, visit);
            else if (state != ShadowEntryState.NonPresent) visit(mmu, at);
        }
    }
}
