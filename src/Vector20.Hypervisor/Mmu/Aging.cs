using Vector20.Hypervisor.Mmu.Operations;

namespace Vector20.Hypervisor.Mmu;

/// <summary>Finding out which pages are in use.</summary>
public static class Aging
{
    /// <summary>
    /// Starts a new interval for every page of a range: clears its accessed flag, or, without those flags, takes its
    /// permissions away until the next access. Returns how many pages had been accessed in the last one.
    /// </summary>
    public static int Age(ShadowMmu mmu, ulong start, ulong size) => MmuOperations.Run(mmu, new MmuOperation(MmuOperationKind.Age, start, size));

    /// <summary>Starts a new interval for one leaf. Whether it had been accessed.</summary>
    internal static bool One(ShadowMmu mmu, EntryLocation at)
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
