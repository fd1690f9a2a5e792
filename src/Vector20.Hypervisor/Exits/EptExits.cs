using Vector20.Hypervisor.Mmu;
using Vector20.Machine;
using Vector20.Machine.Memory;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Exits;

/// <summary>EPT violations and misconfigurations: memory on demand, or MMIO.</summary>
internal static class EptExits
{
    private const ulong Write = 1 << 1, NmiUnblocking = 1 << 12;

    /// <summary>An EPT violation.</summary>
    [Manual("3C", "29.3.3.2", "EPT Violations")]
    public static void Violation(Vcpu v)
    {
        ulong qualification = v.Vmcs[VmcsField.ExitQualification];
        if ((qualification & NmiUnblocking) != 0 && v.Interrupted is null)
            v.Vmcs[VmcsField.GuestInterruptibilityState] |= (ulong)InterruptibilityState.BlockingByNmi;
        Fault(v, (qualification & Write) != 0);
    }

    /// <summary>
    /// A misconfiguration is an access to MMIO that was met before - or, if slots have changed since, an ordinary fault. If the entry has been taken away since
    /// the walk, the guest tries again.
    /// </summary>
    [Manual("3C", "29.3.3.1", "EPT Misconfigurations")]
    public static void Misconfiguration(Vcpu v)
    {
        EntryLocation at = v.Vm.Mmu.Find(Address(v));
        ulong entry = v.Vm.Mmu.Read(at);
        ShadowEntryState state = ShadowEntry.StateOf(entry, at.Level);
        if (state is ShadowEntryState.NonPresent or ShadowEntryState.Frozen) return;
        if (state != ShadowEntryState.Mmio)
            v.Vm.End(VmState.Failed, $"EPT misconfiguration at {Address(v)}: the entry is 0x{entry:x}");
        else if (MmioGeneration.Of(entry) != v.Vm.Mmu.Slots.Generation) Fault(v, write: false);
        else AssistedExits.Mmio(v, Address(v));
    }

    private static void Fault(Vcpu v, bool write)
    {
        GuestPhysicalAddress guest = Address(v);
        FaultResult result = MapOnDemand.Handle(v.Vm.Mmu, guest, write);
        if (v.Vm.Observer is not null) v.Vm.Note(v, "EPT fault", $"{guest}: {Describe(v, result, guest)}");
        if (result == FaultResult.Retry && !v.Vm.Mmu.Interleaved) Zap.EndAll(v.Vm.Mmu);
        else if (result == FaultResult.Emulate) AssistedExits.Mmio(v, guest);
    }

    private static string Describe(Vcpu v, FaultResult result, GuestPhysicalAddress guest) => result switch
    {
        FaultResult.Fixed => $"the entry is now 0x{v.Vm.Mmu.Read(v.Vm.Mmu.Find(guest)):x16}",
        FaultResult.Retry when v.Vm.Mmu.Interleaved => "one entry at a time, or an operation of the host's that has not ended: the guest tries again",
        FaultResult.Retry => "frozen by a zap that has not ended: the guest tries again",
        _ => "no memory that allows it: the access is emulated",
    };

    private static GuestPhysicalAddress Address(Vcpu v) => new(v.Vmcs[VmcsField.GuestPhysicalAddress]);
}
