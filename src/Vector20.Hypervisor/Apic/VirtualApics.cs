using Vector20.Hypervisor.Mmu;
using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;

namespace Vector20.Hypervisor.Apic;

/// <summary>How a VM gets its local APICs: handed through, in software, or in software with the processor's help.</summary>
internal static class VirtualApics
{
    /// <summary>Makes them, and connects the devices' interrupts to them.</summary>
    public static void Connect(VirtualMachine vm)
    {
        if (vm.Options.Apic == VirtualApicMode.Bare)
        {
            SlotChanges.Add(vm.Mmu, new Memslot(ApicSlot, ApicBase.DefaultAddress, 0x1000, ApicBase.DefaultAddress));
            return;
        }

        foreach (Vcpu v in vm.Vcpus)
        {
            v.Apic = new LocalApic((uint)v.Index, v, v, vm.Fabric, vm.Computer.ApicOptions, FaultsOf(vm.Options));
            v.Processor.Apic.Write((int)ApicRegister.SpuriousInterruptVector, 4, SpuriousVector.SoftwareEnable | SpuriousVector.VectorMask);
        }

        VirtualWire.Set(vm.Vcpus[0].Apic!);
        vm.Computer.Pc?.ConnectInterrupts(vm.Fabric);
        if (vm.Options.Apic == VirtualApicMode.Apicv) Virtualize(vm);
    }

    private const int ApicSlot = 2;

    private static HardwareFaults FaultsOf(HypervisorOptions options) =>
        (options.Bugs & HypervisorBugs.VirtualApicTakesIllegalVectors) != 0 ? HardwareFaults.ApicAcceptsIllegalVectors : HardwareFaults.None;

    private static void Virtualize(VirtualMachine vm)
    {
        PhysicalAddress accessPage = vm.Pages.Take();
        SlotChanges.Add(vm.Mmu, new Memslot(ApicSlot, ApicBase.DefaultAddress, 0x1000, accessPage.Value));
        foreach (Vcpu v in vm.Vcpus) v.ApicPage = new VirtualApicPage(vm.Computer.Memory, vm.Pages.Take(), accessPage);
    }
}
