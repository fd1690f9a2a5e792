using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using Bits0 = Vector20.Machine.Processors.Cr0;
using Bits4 = Vector20.Machine.Processors.Cr4;

namespace Vector20.Hypervisor;

/// <summary>CR0, CR4 and EFER as the guest sees them, and its writes of them. A write answers false for #GP(0); nothing has changed then.</summary>
internal static class GuestControlRegisters
{
    /// <summary>CR0 as the guest sees it.</summary>
    public static ulong Cr0(Vcpu v) => Seen(v, VmcsField.GuestCr0, VmcsField.Cr0ReadShadow, VmcsControls.GuestOwnedCr0);

    /// <summary>CR4 as the guest sees it.</summary>
    public static ulong Cr4(Vcpu v) => Seen(v, VmcsField.GuestCr4, VmcsField.Cr4ReadShadow, VmcsControls.GuestOwnedCr4);

    /// <summary>Whether the guest is in 64-bit mode.</summary>
    public static bool Is64Bit(Vcpu v) => IsLong(v) && (v.Vmcs[VmcsField.GuestCsAccessRights] & 1 << 13) != 0;

    /// <summary>Whether the guest is in IA-32e mode.</summary>
    public static bool IsLong(Vcpu v) => (v.Vmcs[VmcsField.GuestEfer] & Efer.LMA) != 0;

    /// <summary>Writes CR0. Turning paging on with EFER.LME enters IA-32e mode, turning it off leaves it.</summary>
    public static bool WriteCr0(Vcpu v, ulong value)
    {
        ulong old = Cr0(v), efer = v.Vmcs[VmcsField.GuestEfer];
        if (value > uint.MaxValue) return false;
        value = value & Bits0.Defined | Bits0.ET;
        if ((value & (Bits0.PG | Bits0.PE)) == Bits0.PG) return false;
        if ((value & (Bits0.NW | Bits0.CD)) == Bits0.NW) return false;
        bool pagingChanges = ((value ^ old) & Bits0.PG) != 0;
        if (pagingChanges)
        {
            bool on = (value & Bits0.PG) != 0;
            if (!MayChangePaging(v, on, efer)) return false;
            efer = on && (efer & Efer.LME) != 0 ? efer | Efer.LMA : efer & ~Efer.LMA;
        }

        if (!ReloadPdptes(v, value, Cr4(v), efer)) return false;
        v.Vmcs[VmcsField.Cr0ReadShadow] = value;
        v.Vmcs[VmcsField.GuestCr0] = value | Bits0.NE;
        if (pagingChanges) SetEfer(v, efer);
        v.Processor.FlushTlb();
        return true;
    }

    /// <summary>Writes CR4. VMX is hidden from the guest, so setting VMXE is #GP(0).</summary>
    public static bool WriteCr4(Vcpu v, ulong value)
    {
        ulong old = Cr4(v), efer = v.Vmcs[VmcsField.GuestEfer];
        if ((value & ~(v.Processor.Model.Cr4Bits & ~Bits4.VMXE)) != 0) return false;
        bool longMode = (efer & Efer.LMA) != 0;
        if (longMode && ((value & Bits4.PAE) == 0 || ((value ^ old) & Bits4.LA57) != 0)) return false;
        bool setsPcid = (value & ~old & Bits4.PCIDE) != 0;
        if (setsPcid && (!longMode || (v.Vmcs[VmcsField.GuestCr3] & 0xFFF) != 0)) return false;
        if (!ReloadPdptes(v, Cr0(v), value, efer)) return false;
        v.Vmcs[VmcsField.Cr4ReadShadow] = value;
        v.Vmcs[VmcsField.GuestCr4] = value | Bits4.VMXE;
        v.Processor.FlushTlb();
        return true;
    }

    /// <summary>Writes EFER. LMA cannot be written; LME cannot be changed while paging is on.</summary>
    public static bool WriteEfer(Vcpu v, ulong value)
    {
        ulong old = v.Vmcs[VmcsField.GuestEfer];
        if ((value & ~v.Processor.Model.ExtendedFeatureBits) != 0) return false;
        if (((value ^ old) & Efer.LME) != 0 && (Cr0(v) & Bits0.PG) != 0) return false;
        SetEfer(v, value & ~Efer.LMA | old & Efer.LMA);
        v.Processor.FlushTlb();
        return true;
    }

    private static ulong Seen(Vcpu v, VmcsField real, VmcsField shadow, ulong owned) => v.Vmcs[real] & owned | v.Vmcs[shadow] & ~owned;

    private static bool MayChangePaging(Vcpu v, bool on, ulong efer)
    {
        if (!on) return !Is64Bit(v) && (Cr4(v) & Bits4.PCIDE) == 0;
        if ((efer & Efer.LME) == 0) return true;
        return (Cr4(v) & Bits4.PAE) != 0 && (v.Vmcs[VmcsField.GuestCsAccessRights] & 1 << 13) == 0;
    }

    private static void SetEfer(Vcpu v, ulong efer)
    {
        v.Vmcs[VmcsField.GuestEfer] = efer;
        ulong entry = v.Vmcs[VmcsField.VmEntryControls], bit = (ulong)VmEntryControls.Ia32eModeGuest;
        v.Vmcs[VmcsField.VmEntryControls] = (efer & Efer.LMA) != 0 ? entry | bit : entry & ~bit;
        if ((efer & Efer.LMA) != 0) v.Vmcs[VmcsField.GuestTrAccessRights] = v.Vmcs[VmcsField.GuestTrAccessRights] & ~0xFul | 0xB;
    }

    /// <summary>Under PAE paging the four PDPTEs are registers: VM entry loads them from the VMCS.</summary>
    private static bool ReloadPdptes(Vcpu v, ulong cr0, ulong cr4, ulong efer)
    {
        if (!ControlRegisterWrites.UsesPae(cr0, cr4, efer)) return true;
        Span<ulong> loaded = stackalloc ulong[4];
        for (int i = 0; i < 4; i++)
        {
            ulong address = (v.Vmcs[VmcsField.GuestCr3] & 0xFFFF_FFE0) + (uint)i * 8;
            if (!GuestMemory.TryRead(v.Vm, address, out loaded[i])) loaded[i] = ulong.MaxValue;
            if (!PaePdptes.IsValid(loaded[i], v.Processor.Model.PhysicalAddressBits)) return false;
        }

        for (int i = 0; i < 4; i++) v.Vmcs[(VmcsField)((int)VmcsField.GuestPdpte0 + 2 * i)] = loaded[i];
        return true;
    }
}
