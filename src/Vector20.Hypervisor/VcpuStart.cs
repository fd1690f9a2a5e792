using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor;

/// <summary>The state a vCPU starts with, and the one INIT and SIPI give it.</summary>
internal static class VcpuStart
{
    /// <summary>Makes a guest of a processor as it is now.</summary>
    public static void Capture(Vcpu v)
    {
        Processor p = v.Processor;
        VmcsControls.Write(v);
        GuestState.Save(p, v.Vmcs, (VmExitControls)v.Vmcs[VmcsField.VmExitControls] | VmExitControls.SaveDebugControls);
        NonRegisterState.Save(p, v.Vmcs, 0);
        v.Vmcs[VmcsField.Cr0ReadShadow] = p.ControlRegister0;
        v.Vmcs[VmcsField.Cr4ReadShadow] = p.ControlRegister4;
        v.Vmcs[VmcsField.GuestCr0] = p.ControlRegister0 | Cr0.NE;
        v.Vmcs[VmcsField.GuestCr4] = p.ControlRegister4 | Cr4.VMXE;
        MakeEnterable(v.Vmcs);
        v.WaitsForStartUp = p.Activity == ActivityState.WaitForSipi;
        if (v.WaitsForStartUp) Wait(v);
    }

    /// <summary>INIT: the registers of power-up; processors but the first then wait for SIPI.</summary>
    [Vector20.Machine.Manual("3A", "10.1.1", "Processor State After Reset")]
    public static void Init(Vcpu v)
    {
        Vmcs vmcs = v.Vmcs;
        v.InitPending = v.NmiPending = false;
        v.Interrupted = v.Exception = null;
        v.Apic?.Init();
        for (int register = 0; register < 16; register++) v.Processor[register] = 0;
        v.Processor[2] = 0x000906EA;
        v.Processor.ControlRegister2 = 0;
        Array.Clear(v.Processor.DebugAddresses);
        v.Processor.DebugStatus = Dr6.Initial;
        for (int segment = 0; segment < 8; segment++) SetSegment(vmcs, segment, new SegmentRegister(0, 0, 0xFFFF, segment switch { 6 => 0x82, 7 => 0x8B, _ => 0x93u }));
        SetSegment(vmcs, 1, new SegmentRegister(0xF000, 0xFFFF_0000, 0xFFFF, 0x9B));
        foreach (VmcsField zero in Zeroed) vmcs[zero] = 0;
        vmcs[VmcsField.GuestGdtrLimit] = vmcs[VmcsField.GuestIdtrLimit] = 0xFFFF;
        vmcs[VmcsField.GuestRip] = 0xFFF0;
        vmcs[VmcsField.GuestRflags] = Eflags.AlwaysOne;
        vmcs[VmcsField.GuestDr7] = Dr7.Initial;
        ulong cr0 = GuestControlRegisters.Cr0(v) & (Cr0.CD | Cr0.NW) | Cr0.ET;
        vmcs[VmcsField.Cr0ReadShadow] = cr0;
        vmcs[VmcsField.GuestCr0] = cr0 | Cr0.NE;
        vmcs[VmcsField.GuestCr4] = Cr4.VMXE;
        vmcs[VmcsField.VmEntryControls] &= ~(ulong)VmEntryControls.Ia32eModeGuest;
        v.Processor.FlushTlb();
        v.WaitsForStartUp = v.Index != 0;
        if (v.WaitsForStartUp) Wait(v);
    }

    /// <summary>A start-up IPI: it starts in real mode at the page of the vector.</summary>
    [Vector20.Machine.Manual("3A", "9.4.4.2", "Typical AP Initialization Sequence")]
    public static void StartUp(Vcpu v, byte vector)
    {
        v.StartUpVector = -1;
        v.WaitsForStartUp = false;
        SetSegment(v.Vmcs, 1, new SegmentRegister((ushort)(vector << 8), (ulong)vector << 12, 0xFFFF, 0x9B));
        v.Vmcs[VmcsField.GuestRip] = 0;
        v.Vmcs[VmcsField.GuestActivityState] = (ulong)ActivityState.Active;
    }

    private static ReadOnlySpan<VmcsField> Zeroed =>
    [
        VmcsField.GuestCr3, VmcsField.Cr4ReadShadow, VmcsField.GuestEfer, VmcsField.GuestGdtrBase, VmcsField.GuestIdtrBase, VmcsField.GuestRsp,
        VmcsField.GuestInterruptibilityState, VmcsField.GuestPendingDebugExceptions, VmcsField.GuestActivityState,
        VmcsField.GuestSysenterCs, VmcsField.GuestSysenterEsp, VmcsField.GuestSysenterEip,
    ];

    private static void Wait(Vcpu v) => v.Vmcs[VmcsField.GuestActivityState] = (ulong)ActivityState.Hlt;

    /// <summary>VM entry wants TR to be a busy TSS and usable, and registers that real mode leaves odd to be regular.</summary>
    private static void MakeEnterable(Vmcs vmcs)
    {
        ulong tr = vmcs[VmcsField.GuestTrAccessRights];
        if ((tr & SegmentRegister.UnusableBit) != 0 || (tr & 0xF) is not (3 or 11)) vmcs[VmcsField.GuestTrAccessRights] = 0x8B;
        if ((vmcs[VmcsField.GuestLdtrAccessRights] & 0x9F) != 0x82) vmcs[VmcsField.GuestLdtrAccessRights] = SegmentRegister.UnusableBit;
    }

    private static void SetSegment(Vmcs vmcs, int segment, in SegmentRegister value)
    {
        vmcs[VmcsFields.OfSegment(VmcsField.GuestEsSelector, segment)] = value.Selector;
        vmcs[VmcsFields.OfSegment(VmcsField.GuestEsBase, segment)] = value.Base;
        vmcs[VmcsFields.OfSegment(VmcsField.GuestEsLimit, segment)] = value.Limit;
        vmcs[VmcsFields.OfSegment(VmcsField.GuestEsAccessRights, segment)] = value.AccessRights;
    }
}
