namespace Vector20.Hypervisor.Mmu;

/// <summary>Finding out which pages are in use.</summary>
public static class Aging
{
    /// <summary>
    /// Starts a new interval for every page of a range: clears its accessed flag, or, without those flags, takes its
    /// permissions away until the next access. Returns how many pages had been accessed in the last one.
    /// </summary>
    public static int Age(ShadowMmu mmu, ulong start, ulong size)
    {
        int young = 0;
        Leaves.ForEach(mmu, start, size, (m, at) => young += One(m, at) ? 1 : 0);
        mmu.Flush();
        return young;
    }

    private static bool One(ShadowMmu mmu, EntryLocation at)
    {
        ShadowEntryState state = mmu.StateOf(at);
        if (state is not (ShadowEntryState.Mapped or ShadowEntryState.Large or ShadowEntryState.WriteProtected)) return false;
        ulong entry = mmu.Read(at);
        if (mmu.Rules.AccessedDirty)
        {
            if ((entry & EptBits.Accessed) == 0) return false;
            mmu.Write(at, state, entry & ~EptBits.Accessed);
            return true;
        }

        mmu.Set(at, ShadowEntryState.AccessTracked, ShadowEntry.MappingOf(entry, at.Level));
        return true;
    }
}
