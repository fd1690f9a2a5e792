using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Mmu.Operations;

/// <summary>Passes over the leaves of a range: one leaf is changed at a time.</summary>
internal static class RangePasses
{
    public static bool Change(ShadowMmu mmu, MmuPass pass, ref MmuProgress progress)
    {
        (ulong start, ulong size) = RangeOf(mmu, progress.Operation);
        if (size == 0) return false;
        ulong cursor = Math.Max(progress.Cursor, start), last = start + size - 1;
        while (cursor <= last && Leaves.TryNext(mmu, cursor, last, out EntryLocation at))
        {
            bool stays = pass == MmuPass.Split && at.Level > 2;
            bool changed = pass switch
            {
                MmuPass.ZapLeaves => ZapLeaf(mmu, at),
                MmuPass.Split => SplitLeaf(mmu, at),
                MmuPass.Protect => DirtyLog.Protect(mmu, at),
                _ => AgeLeaf(mmu, at, ref progress),
            };
            if (!stays || !changed) cursor = at.Base.Value + at.Size;
            progress = progress with { Cursor = cursor };
            if (changed) return true;
        }

        return false;
    }

    /// <summary>The operation's own range, or its slot's. A slot that is gone leaves the range that it had.</summary>
    private static (ulong Start, ulong Size) RangeOf(ShadowMmu mmu, in MmuOperation operation)
    {
        if (operation.Slot is { } slot) return (slot.GuestBase, slot.Size);
        return operation.SlotId >= 0 && mmu.Slots.Numbered(operation.SlotId) is { } own ? (own.GuestBase, own.Size) : (operation.Start, operation.Size);
    }

    private static bool ZapLeaf(ShadowMmu mmu, in EntryLocation at)
    {
        Zap.Entry(mmu, at);
        return true;
    }

    /// <summary>A large page for whose table memory runs out is zapped instead.</summary>
    private static bool SplitLeaf(ShadowMmu mmu, in EntryLocation at)
    {
        if (at.Level == 1 || !LargePages.IsLarge(mmu, at)) return false;
        if (!LargePages.Split(mmu, at)) Zap.Entry(mmu, at);
        return true;
    }

    private static bool AgeLeaf(ShadowMmu mmu, in EntryLocation at, ref MmuProgress progress)
    {
        if (!Aging.One(mmu, at)) return false;
        progress = progress with { Count = progress.Count + 1 };
        return true;
    }
}
