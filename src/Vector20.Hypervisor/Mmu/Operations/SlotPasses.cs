namespace Vector20.Hypervisor.Mmu.Operations;

/// <summary>Passes that change the slots, each in one change: faults see the slots as they were, or as they are now.</summary>
internal static class SlotPasses
{
    public static bool Change(ShadowMmu mmu, MmuPass pass, ref MmuProgress progress)
    {
        if (progress.Cursor == ulong.MaxValue) return false;
        Apply(mmu, pass, ref progress);
        progress = progress with { Cursor = ulong.MaxValue };
        return true;
    }

    private static void Apply(ShadowMmu mmu, MmuPass pass, ref MmuProgress progress)
    {
        MmuOperation operation = progress.Operation;
        switch (pass)
        {
            case MmuPass.SetLogging:
                mmu.Slots.Set(Slot(mmu, operation) with { LogDirtyPages = true });
                mmu.DirtyBitmaps[operation.SlotId] = DirtyLog.Empty(Slot(mmu, operation));
                break;
            case MmuPass.TakeLog:
                mmu.DirtyBitmaps[operation.SlotId] = DirtyLog.Empty(Slot(mmu, operation));
                break;
            case MmuPass.ClearLogging:
                mmu.Slots.Set(Slot(mmu, operation) with { LogDirtyPages = false });
                mmu.DirtyBitmaps.Remove(operation.SlotId);
                break;
            case MmuPass.Unpublish:
                progress = progress with { Operation = operation with { Slot = Slot(mmu, operation) } };
                mmu.Slots.Remove(operation.SlotId);
                mmu.DirtyBitmaps.Remove(operation.SlotId);
                ForgetMmioWhenGenerationsWrap(mmu);
                break;
            default:
                Publish(mmu, pass == MmuPass.PublishMoved ? operation.Slot! with { GuestBase = operation.Start } : operation.Slot!);
                break;
        }
    }

    /// <summary>A slot that logs dirty pages begins with an empty log, a moved one too.</summary>
    private static void Publish(ShadowMmu mmu, Memslot slot)
    {
        mmu.Slots.Set(slot);
        if (slot.LogDirtyPages) mmu.DirtyBitmaps[slot.Id] = DirtyLog.Empty(slot);
        ForgetMmioWhenGenerationsWrap(mmu);
    }

    private static Memslot Slot(ShadowMmu mmu, in MmuOperation operation)
    {
        int id = operation.SlotId;
        return mmu.Slots.Numbered(id) ?? throw new ArgumentException($"there is no slot {id}", nameof(operation));
    }

    /// <summary>MMIO entries made before are stale, for their generation has passed; when the count begins again they must go.</summary>
    private static void ForgetMmioWhenGenerationsWrap(ShadowMmu mmu)
    {
        if (mmu.Slots.Generation == 0) Zap.All(mmu);
    }
}
