using Vector20.Hypervisor;
using Vector20.Hypervisor.Mmu;
using Vector20.Hypervisor.Mmu.Operations;
using Vector20.Machine.Memory;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Actions;

/// <summary>One thing that the host may do to the EPT while the guest runs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Operation">The operation.</param>
/// <param name="Possible">Whether it makes sense now.</param>
internal sealed record HostOperation(string Name, MmuOperation Operation, Func<VirtualMachine, bool> Possible);

/// <summary>All of them, in a fixed order.</summary>
internal static class HostOperations
{
    /// <summary>Each of them.</summary>
    public static IReadOnlyList<HostOperation> All { get; } =
    [
        new("zap", new(MmuOperationKind.ZapRange, TestPages.Base, 0x2000), HasSlot),
        new("zap-atomically", new(MmuOperationKind.ZapAtomically, TestPages.Base), HasSlot),
        new("zap-all", new(MmuOperationKind.ZapAll), _ => true),
        new("start-dirty-log", new(MmuOperationKind.StartDirtyLog, SlotId: TestPages.Slot), vm => MayLog(vm, false)),
        new("read-dirty-log", new(MmuOperationKind.ReadDirtyLog, SlotId: TestPages.Slot), vm => MayLog(vm, true)),
        new("stop-dirty-log", new(MmuOperationKind.StopDirtyLog, SlotId: TestPages.Slot), vm => MayLog(vm, true)),
        new("age", new(MmuOperationKind.Age, TestPages.Base, 0x2000), HasSlot),
        new("split", new(MmuOperationKind.Split, TestPages.Base, 0x2000), IsLarge),
        new("delete-slot", new(MmuOperationKind.DeleteSlot, SlotId: TestPages.Slot), HasSlot),
        new("add-slot", new(MmuOperationKind.AddSlot, Slot: TestPages.Contended(2)), vm => Slot(vm) is null && vm.Options.LargestPage < 3),
        new("move-slot", new(MmuOperationKind.MoveSlot, TestPages.MovedTo, SlotId: TestPages.Slot), vm => Slot(vm) is { GuestBase: TestPages.Base }),
        new("move-slot-back", new(MmuOperationKind.MoveSlot, TestPages.Base, SlotId: TestPages.Slot), vm => Slot(vm) is { GuestBase: TestPages.MovedTo }),
    ];

    /// <summary>The number of a name, or -1.</summary>
    public static int Find(string name)
    {
        for (int i = 0; i < All.Count; i++)
            if (All[i].Name == name) return i;
        return -1;
    }

    private static Memslot? Slot(VirtualMachine vm) => vm.Mmu.Slots.Numbered(TestPages.Slot);

    /// <summary>Dirty logging of a slot of 1 GiB would need more tables than there are pages.</summary>
    private static bool MayLog(VirtualMachine vm, bool logs) => vm.Options.LargestPage < 3 && Slot(vm) is { } slot && slot.LogDirtyPages == logs;

    private static bool HasSlot(VirtualMachine vm) => Slot(vm) is { GuestBase: TestPages.Base };

    private static bool IsLarge(VirtualMachine vm) => HasSlot(vm) && vm.Mmu.StateOf(vm.Mmu.Find(new GuestPhysicalAddress(TestPages.Base))) == ShadowEntryState.Large;
}
