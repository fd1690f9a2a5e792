using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Msrs;

namespace Vector20.Machine.Vmx;

/// <summary>Guest registers between the processor and the guest-state area. The two directions stand side by side.</summary>
[Manual("3C", "25.4.1", "Guest Register State")]
internal static class GuestState
{
    /// <summary>Bits 12, 14 and 15 of DR7, which are always 0.</summary>
    private const ulong FixedDr7 = 0xD000;

    /// <summary>Saves the registers, as a VM exit does.</summary>
    [Manual("3C", "28.3.1", "Saving Control Registers, Debug Registers, and MSRs")]
    [Manual("3C", "28.3.3", "Saving RIP, RSP, RFLAGS, and SSP")]
    public static void Save(Processor p, Vmcs vmcs, VmExitControls controls)
    {
        vmcs[VmcsField.GuestCr0] = p.ControlRegister0;
        vmcs[VmcsField.GuestCr3] = p.ControlRegister3;
        vmcs[VmcsField.GuestCr4] = p.ControlRegister4;
        vmcs[VmcsField.GuestSysenterCs] = p.Msrs[Msr.SysenterCs];
        vmcs[VmcsField.GuestSysenterEsp] = p.Msrs[Msr.SysenterEsp];
        vmcs[VmcsField.GuestSysenterEip] = p.Msrs[Msr.SysenterEip];
        if ((controls & VmExitControls.SaveDebugControls) != 0)
        {
            vmcs[VmcsField.GuestDr7] = p.DebugControl;
            vmcs[VmcsField.GuestDebugCtl] = p.Msrs[Msr.DebugCtl];
        }

        if ((controls & VmExitControls.SavePat) != 0) vmcs[VmcsField.GuestPat] = p.Msrs[Msr.Pat];
        if ((controls & VmExitControls.SaveEfer) != 0) vmcs[VmcsField.GuestEfer] = p.ExtendedFeatures;
        SaveEntryMode(p, vmcs);
        for (int segment = 0; segment < 6; segment++) SaveSegment(vmcs, segment, p.Segment((SegmentName)segment));
        SaveSegment(vmcs, 6, p.Ldtr);
        SaveSegment(vmcs, 7, p.Tr);
        vmcs[VmcsField.GuestGdtrBase] = p.Gdtr.Base;
        vmcs[VmcsField.GuestGdtrLimit] = p.Gdtr.Limit;
        vmcs[VmcsField.GuestIdtrBase] = p.Idtr.Base;
        vmcs[VmcsField.GuestIdtrLimit] = p.Idtr.Limit;
        vmcs[VmcsField.GuestRsp] = p.Registers.At<ulong>(Register.Rsp);
        vmcs[VmcsField.GuestRip] = p.Rip;
        vmcs[VmcsField.GuestRflags] = p.Rflags;
        if ((p.Vmx.Secondary & SecondaryControls.EnableEpt) == 0) return;
        if (ControlRegisterWrites.UsesPae(p.ControlRegister0, p.ControlRegister4, p.ExtendedFeatures))
            for (int i = 0; i < 4; i++) vmcs[(VmcsField)((int)VmcsField.GuestPdpte0 + 2 * i)] = p.PaePdptes[i];
    }

    /// <summary>Loads the registers, as a VM entry does after its checks.</summary>
    [Manual("3C", "27.3.2", "Loading Guest State")]
    public static void Load(Processor p, Vmcs vmcs, VmEntryControls controls)
    {
        LoadControlRegisters(p, vmcs, controls);
        p.Msrs[Msr.SysenterCs] = vmcs[VmcsField.GuestSysenterCs];
        p.Msrs[Msr.SysenterEsp] = vmcs[VmcsField.GuestSysenterEsp];
        p.Msrs[Msr.SysenterEip] = vmcs[VmcsField.GuestSysenterEip];
        if ((controls & VmEntryControls.LoadDebugControls) != 0)
        {
            p.DebugControl = vmcs[VmcsField.GuestDr7] & ~FixedDr7 | Dr7.Initial;
            p.Msrs[Msr.DebugCtl] = vmcs[VmcsField.GuestDebugCtl];
        }

        if ((controls & VmEntryControls.LoadPat) != 0) p.Msrs[Msr.Pat] = vmcs[VmcsField.GuestPat];
        p.Ldtr = Segment(vmcs, 6);
        p.Tr = Segment(vmcs, 7);
        p.Gdtr = new TableRegister(vmcs[VmcsField.GuestGdtrBase], (ushort)vmcs[VmcsField.GuestGdtrLimit]);
        p.Idtr = new TableRegister(vmcs[VmcsField.GuestIdtrBase], (ushort)vmcs[VmcsField.GuestIdtrLimit]);
        p.Registers.At<ulong>(Register.Rsp) = vmcs[VmcsField.GuestRsp];
        p.Rip = vmcs[VmcsField.GuestRip];
        for (int segment = 0; segment < 6; segment++) p.SetSegment((SegmentName)segment, Segment(vmcs, segment));
        p.CurrentPrivilegeLevel = (byte)p.Segment(SegmentName.Ss).Dpl;
        p.SetRflags(vmcs[VmcsField.GuestRflags]);
        p.ContextChanged();
    }

    /// <summary>A segment register as the guest-state area holds it: 0 (ES) to 7 (TR).</summary>
    public static SegmentRegister Segment(Vmcs vmcs, int segment) => new(
        (ushort)vmcs[VmcsFields.OfSegment(VmcsField.GuestEsSelector, segment)],
        vmcs[VmcsFields.OfSegment(VmcsField.GuestEsBase, segment)],
        (uint)vmcs[VmcsFields.OfSegment(VmcsField.GuestEsLimit, segment)],
        (uint)vmcs[VmcsFields.OfSegment(VmcsField.GuestEsAccessRights, segment)]);

    /// <summary>Loads CR0 (not its bits ET, CD and NW), CR3, CR4, EFER and the PDPTEs.</summary>
    [Manual("3C", "27.3.2.1", "Loading Guest Control Registers, Debug Registers, and MSRs")]
    private static void LoadControlRegisters(Processor p, Vmcs vmcs, VmEntryControls controls)
    {
        const ulong Kept = Cr0.ET | Cr0.CD | Cr0.NW;
        p.ControlRegister0 = p.ControlRegister0 & Kept | vmcs[VmcsField.GuestCr0] & ~Kept;
        p.ControlRegister3 = vmcs[VmcsField.GuestCr3];
        p.ControlRegister4 = vmcs[VmcsField.GuestCr4];
        p.ExtendedFeatures = ExtendedFeatures(p, vmcs, controls);
        if (!ControlRegisterWrites.UsesPae(p.ControlRegister0, p.ControlRegister4, p.ExtendedFeatures)) return;
        for (int i = 0; i < 4; i++) p.PaePdptes[i] = GuestPdpteChecks.Entry(p, vmcs, i);
    }

    /// <summary>IA32_EFER from its field or, without "load IA32_EFER", with LMA and LME as "IA-32e mode guest" has them.</summary>
    [Manual("3C", "27.3.2.1", "Loading Guest Control Registers, Debug Registers, and MSRs")]
    private static ulong ExtendedFeatures(Processor p, Vmcs vmcs, VmEntryControls controls)
    {
        if ((controls & VmEntryControls.LoadEfer) != 0) return vmcs[VmcsField.GuestEfer];
        bool longMode = (controls & VmEntryControls.Ia32eModeGuest) != 0, paging = (vmcs[VmcsField.GuestCr0] & Cr0.PG) != 0;
        ulong efer = longMode ? p.ExtendedFeatures | Efer.LMA : p.ExtendedFeatures & ~Efer.LMA;
        return !paging ? efer : longMode ? efer | Efer.LME : efer & ~Efer.LME;
    }

    /// <summary>With an unrestricted guest, EFER.LMA goes into the VM-entry control "IA-32e mode guest".</summary>
    [Manual("3C", "28.3.1", "Saving Control Registers, Debug Registers, and MSRs")]
    private static void SaveEntryMode(Processor p, Vmcs vmcs)
    {
        const ulong Bit = (ulong)VmEntryControls.Ia32eModeGuest;
        ulong entry = vmcs[VmcsField.VmEntryControls];
        vmcs[VmcsField.VmEntryControls] = p.LongMode ? entry | Bit : entry & ~Bit;
    }

    [Manual("3C", "28.3.2", "Saving Segment Registers and Descriptor-Table Registers")]
    private static void SaveSegment(Vmcs vmcs, int segment, in SegmentRegister value)
    {
        vmcs[VmcsFields.OfSegment(VmcsField.GuestEsSelector, segment)] = value.Selector;
        vmcs[VmcsFields.OfSegment(VmcsField.GuestEsBase, segment)] = value.Base;
        vmcs[VmcsFields.OfSegment(VmcsField.GuestEsLimit, segment)] = value.Limit;
        vmcs[VmcsFields.OfSegment(VmcsField.GuestEsAccessRights, segment)] = value.AccessRights;
    }
}
