using Vector20.Hypervisor.Mmu.Operations;

namespace Vector20.Hypervisor.Mmu;

/// <summary>Giving a VM memory and taking it away.</summary>
public static class SlotChanges
{
    /// <summary>Adds a slot. MMIO entries made before are stale: their generation has passed.</summary>
    public static void Add(ShadowMmu mmu, Memslot slot) => MmuOperations.Run(mmu, new MmuOperation(MmuOperationKind.AddSlot, Slot: slot));

    /// <summary>Deletes a slot: its range is zapped and becomes MMIO.</summary>
    public static void Delete(ShadowMmu mmu, int id) => MmuOperations.Run(mmu, new MmuOperation(MmuOperationKind.DeleteSlot, SlotId: id));

    /// <summary>Moves a slot to another guest-physical address.</summary>
    public static void Move(ShadowMmu mmu, int id, ulong guestBase) =>
        MmuOperations.Run(mmu, new MmuOperation(MmuOperationKind.MoveSlot, guestBase, SlotId: id));
}
