using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Memory;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Exits;

/// <summary>What APIC virtualization leaves to the hypervisor.</summary>
[Manual("3C", "30.4", "Virtualizing Memory-Mapped APIC Accesses")]
internal static class ApicExits
{
    public static void Handle(Vcpu v, ExitReason reason)
    {
        ulong qualification = v.Vmcs[VmcsField.ExitQualification];
        switch (reason)
        {
            case ExitReason.ApicAccess:
                AssistedExits.Mmio(v, new GuestPhysicalAddress(ApicBase.DefaultAddress | qualification & 0xFFF));
                break;
            case ExitReason.ApicWrite:
                Written(v, (int)qualification & 0xFF0);
                break;
            default:
                EndOfInterrupt(v.Apic!, (byte)qualification);
                break;
        }
    }

    /// <summary>The processor wrote the register into the page; now it takes effect. RIP is past the instruction already.</summary>
    [Manual("3C", "30.4.3.3", "APIC-Write VM Exits")]
    private static void Written(Vcpu v, int offset)
    {
        LocalApic apic = v.Apic!;
        uint value = v.ApicPage![offset];
        if (offset == (int)ApicRegister.SelfIpi) apic.WriteMsr(0x83F, (byte)value);
        else if (apic.Mode == ApicMode.XApic) apic.Write(offset, 4, value);
        else ApicRegisters.Write(apic, (ApicRegister)offset, value);
    }

    /// <summary>The processor ended the interrupt; the I/O APICs hear of it.</summary>
    [Manual("3C", "30.1.4", "EOI Virtualization")]
    private static void EndOfInterrupt(LocalApic apic, byte vector)
    {
        LocalInterrupts.EndOfInterrupt(apic, vector);
        if ((apic.State.SpuriousVector & SpuriousVector.SuppressEoiBroadcast) == 0) apic.Fabric.EndOfInterrupt(vector);
    }
}
