using Vector20.Hypervisor.Mmu.Operations;
using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Mmu;

/// <summary>Dirty logging by write protection: which pages of a slot were written since the log was last read.</summary>
public static class DirtyLog
{
    /// <summary>Starts logging: large pages are split, and write permission is taken from every page.</summary>
    public static void Start(ShadowMmu mmu, int slotId) => MmuOperations.Run(mmu, new MmuOperation(MmuOperationKind.StartDirtyLog, SlotId: slotId));

    /// <summary>Reads the log and clears it: bit n is page n of the slot. The pages are protected again.</summary>
    public static ulong[] ReadAndClear(ShadowMmu mmu, int slotId)
    {
        ulong[] log = mmu.DirtyBitmaps[slotId];
        MmuOperations.Run(mmu, new MmuOperation(MmuOperationKind.ReadDirtyLog, SlotId: slotId));
        return log;
    }

    /// <summary>Stops logging: tables of small pages are zapped atomically where a large page fits, so that the next access maps one.</summary>
    public static void Stop(ShadowMmu mmu, int slotId) => MmuOperations.Run(mmu, new MmuOperation(MmuOperationKind.StopDirtyLog, SlotId: slotId));

    /// <summary>Records that a page is about to be written.</summary>
    internal static void Mark(ShadowMmu mmu, Memslot slot, GuestPhysicalAddress guest)
    {
        if (!slot.LogDirtyPages) return;
        ulong page = (guest.Value - slot.GuestBase) >> 12;
        mmu.DirtyBitmaps[slot.Id][page >> 6] |= 1ul << (int)(page & 63);
    }

    /// <summary>A log in which no page was written.</summary>
    internal static ulong[] Empty(Memslot slot) => new ulong[(slot.Size / 4096 + 63) / 64];

    /// <summary>Write permission is taken from an entry in place, as Linux does: what else it has, or lacks, it keeps.</summary>
    internal static bool Protect(ShadowMmu mmu, in EntryLocation at)
    {
        if (mmu.StateOf(at) is not (ShadowEntryState.Mapped or ShadowEntryState.Large)) return false;
        mmu.Write(at, ShadowEntryState.WriteProtected, ShadowEntry.WithoutWrite(mmu.Read(at)));
        return true;
    }
}
