using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Mmu;

/// <summary>Splitting large pages into pieces.</summary>
public static class LargePages
{
    /// <summary>Replaces a large leaf by a table of pieces with the same rights. False when memory for the table is used up.</summary>
    public static bool Split(ShadowMmu mmu, in EntryLocation at)
    {
        ShadowMapping whole = ShadowEntry.MappingOf(mmu.Read(at), at.Level);
        int level = at.Level - 1;
        if (mmu.NewTable(at) is not { } table) return false;
        foreach (EntryLocation piece in ShadowMmu.EntriesOf(table, at.Base, level))
        {
            var frame = new PhysicalAddress(whole.Frame.Value + (piece.Base.Value - at.Base.Value));
            mmu.Set(piece, ShadowEntryState.Split, whole with { Frame = frame, Level = level });
        }

        mmu.Set(at, ShadowEntryState.Table, new ShadowMapping(table, at.Level));
        mmu.Flush();
        return true;
    }

    /// <summary>Whether an entry maps a large page, whatever its rights are now.</summary>
    internal static bool IsLarge(ShadowMmu mmu, in EntryLocation at) =>
        at.Level > 1 && mmu.StateOf(at) is ShadowEntryState.Large or ShadowEntryState.WriteProtected or ShadowEntryState.AccessTracked;
}
