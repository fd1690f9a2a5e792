using Vector20.Hypervisor;
using Vector20.Hypervisor.Check;
using Vector20.Hypervisor.Mmu;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Vmx;
using Vector20.Proving.Questions;

namespace Vector20.Proving.Asking.Plans;

/// <summary>Puts one page's EPT entry into a state, by the hypervisor's own operations wherever it has one, and maps everything else the guest needs.</summary>
internal static class EntryStaging
{
    private const int Below = 10, Itself = 11, Above = 12;
    private const uint GuestEnd = GuestLayout.Data + 0x1_0000;

    /// <summary>The entry that decides about a page.</summary>
    public static ulong Entry(VirtualMachine vm, uint page) => vm.Mmu.Read(At(vm, page));

    /// <summary>Makes the state of the page, then bit 63 and the busy word as the question has them.</summary>
    public static void Put(VirtualMachine vm, TouchSource touch, uint page)
    {
        ShadowMmu mmu = vm.Mmu;
        Zap.All(mmu);
        mmu.LargestPage = touch.Entry is TouchedEntry.Large or TouchedEntry.Split ? 2 : 1;
        if (touch.Entry is TouchedEntry.Mmio or TouchedEntry.ReadOnly or TouchedEntry.WriteProtected) Isolate(vm, page, touch.Entry);
        MapOthers(mmu, page);
        Make(mmu, touch.Entry, page);
        if (touch.SuppressVe is { } suppress) Force(vm, page, suppress);
        if (touch.Busy) SetBusy(vm);
    }

    /// <summary>A slot of the page's own, or, for MMIO, none.</summary>
    private static void Isolate(VirtualMachine vm, uint page, TouchedEntry entry)
    {
        Memslot whole = vm.Mmu.Slots.Find(page)!;
        SlotChanges.Delete(vm.Mmu, whole.Id);
        if (page > 0) SlotChanges.Add(vm.Mmu, new Memslot(Below, 0, page, 0));
        if (entry != TouchedEntry.Mmio) SlotChanges.Add(vm.Mmu, new Memslot(Itself, page, 0x1000, page, ReadOnly: entry == TouchedEntry.ReadOnly));
        SlotChanges.Add(vm.Mmu, new Memslot(Above, page + 0x1000, whole.Size - page - 0x1000, page + 0x1000));
    }

    private static void MapOthers(ShadowMmu mmu, uint page)
    {
        for (uint other = 0; other < GuestEnd; other += 0x1000)
            if (other != page || mmu.LargestPage > 1) MapOnDemand.Handle(mmu, new GuestPhysicalAddress(other), write: true);
    }

    private static void Make(ShadowMmu mmu, TouchedEntry entry, uint page)
    {
        var guest = new GuestPhysicalAddress(page);
        if (entry != TouchedEntry.NotPresent) MapOnDemand.Handle(mmu, guest, write: entry is not (TouchedEntry.ReadOnly or TouchedEntry.Mmio));
        switch (entry)
        {
            case TouchedEntry.Misconfigured:
                mmu.Force(mmu.Find(guest), mmu.Read(mmu.Find(guest)) & ~EptBits.Permissions | EptBits.Write);
                break;
            case TouchedEntry.WriteProtected:
                DirtyLog.Start(mmu, Itself);
                break;
            case TouchedEntry.AccessTracked:
                Aging.Age(mmu, page, 0x1000);
                break;
            case TouchedEntry.Frozen:
                Zap.Begin(mmu, mmu.Find(guest));
                break;
            case TouchedEntry.Split:
                DirtyLog.Start(mmu, mmu.Slots.Find(page)!.Id);
                for (uint other = 0; other < GuestEnd; other += 0x1000)
                    if (other != page) MapOnDemand.Handle(mmu, new GuestPhysicalAddress(other), write: true);
                break;
            case TouchedEntry.Zapped:
                Zap.Atomically(mmu, mmu.Find(guest));
                break;
        }
    }

    private static void Force(VirtualMachine vm, uint page, bool suppress)
    {
        ulong entry = Entry(vm, page);
        vm.Mmu.Force(At(vm, page), suppress ? entry | EptBits.SuppressVe : entry & ~EptBits.SuppressVe);
    }

    private static void SetBusy(VirtualMachine vm)
    {
        ulong area = vm.Vcpus[0].Vmcs[VmcsField.VirtualizationExceptionInformationAddress];
        vm.Computer.Memory.Write(new PhysicalAddress(area + VeInformation.BusyOffset), uint.MaxValue);
    }

    private static EntryLocation At(VirtualMachine vm, uint page) => vm.Mmu.Find(new GuestPhysicalAddress(page));
}
