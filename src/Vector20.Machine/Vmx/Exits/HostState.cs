using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Msrs;

namespace Vector20.Machine.Vmx;

/// <summary>The state of a host in machine code, as every VM exit loads it: from the host-state area, from controls, and fixed values.</summary>
[Manual("3C", "28.5", "Loading Host State")]
[Manual("3C", "25.5", "Host-State Area")]
internal static class HostState
{
    private const uint Present = 1 << 7, CodeOrData = 1 << 4, Long = 1 << 13, Big = 1 << 14, Granular = 1 << 15;
    private const uint Code = 11 | CodeOrData | Present | Granular, Data = 3 | CodeOrData | Present | Big | Granular, BusyTask = 11 | Present;

    /// <summary>Loads all of it. False: a VMX abort, the processor is shut down.</summary>
    public static bool Load(Processor p, Vmcs vmcs)
    {
        bool wide = (p.Vmx.ExitControls & VmExitControls.HostAddressSpaceSize) != 0;
        if (p.LongMode && !wide) return VmxAbort.Enter(p, VmxAbortIndicator.Ia32eModeWithoutHostAddressSpace);
        LoadControlRegisters(p, vmcs, wide);
        LoadMsrs(p, vmcs, wide);
        LoadSegments(p, vmcs, wide);
        p.Registers.At<ulong>(Register.Rsp) = vmcs[VmcsField.HostRsp];
        p.Rip = vmcs[VmcsField.HostRip];
        p.TranslateFor(guest: false);
        return LoadPdptes(p);
    }

    /// <summary>CR0 keeps its bits ET, CD, NW and the undefined ones. CR4.PAE and PCIDE follow the size of the address space. DR7 is as after reset.</summary>
    [Manual("3C", "28.5.1", "Loading Host Control Registers, Debug Registers, MSRs")]
    private static void LoadControlRegisters(Processor p, Vmcs vmcs, bool wide)
    {
        const ulong Loaded = Cr0.Defined & ~(Cr0.ET | Cr0.CD | Cr0.NW);
        p.ControlRegister0 = p.ControlRegister0 & ~Loaded | vmcs[VmcsField.HostCr0] & Loaded;
        p.ControlRegister3 = vmcs[VmcsField.HostCr3];
        ulong cr4 = vmcs[VmcsField.HostCr4];
        p.ControlRegister4 = wide ? cr4 | Cr4.PAE : cr4 & ~Cr4.PCIDE;
        p.DebugControl = Dr7.Initial;
    }

    /// <summary>IA32_DEBUGCTL is 0. Without "load IA32_EFER", LMA and LME follow the size of the address space.</summary>
    [Manual("3C", "28.5.1", "Loading Host Control Registers, Debug Registers, MSRs")]
    private static void LoadMsrs(Processor p, Vmcs vmcs, bool wide)
    {
        const ulong LongMode = Efer.LMA | Efer.LME;
        VmExitControls controls = p.Vmx.ExitControls;
        p.Msrs[Msr.DebugCtl] = 0;
        p.Msrs[Msr.SysenterCs] = vmcs[VmcsField.HostSysenterCs];
        p.Msrs[Msr.SysenterEsp] = vmcs[VmcsField.HostSysenterEsp];
        p.Msrs[Msr.SysenterEip] = vmcs[VmcsField.HostSysenterEip];
        if ((controls & VmExitControls.LoadEfer) != 0) p.ExtendedFeatures = vmcs[VmcsField.HostEfer];
        else p.ExtendedFeatures = wide ? p.ExtendedFeatures | LongMode : p.ExtendedFeatures & ~LongMode;
        if ((controls & VmExitControls.LoadPat) != 0) p.Msrs[Msr.Pat] = vmcs[VmcsField.HostPat];
    }

    /// <summary>Flat segments at CPL 0, unusable where the selector is null. RFLAGS is 2. The limits of both tables are FFFFH; LDTR is unusable.</summary>
    [Manual("3C", "28.5.2", "Loading Host Segment and Descriptor-Table Registers")]
    [Manual("3C", "28.5.3", "Loading Host RIP, RSP, RFLAGS, and SSP")]
    private static void LoadSegments(Processor p, Vmcs vmcs, bool wide)
    {
        p.CurrentPrivilegeLevel = 0;
        p.Flags.Value = 0;
        p.SystemFlags = 0;
        p.SetSegment(SegmentName.Cs, new SegmentRegister((ushort)vmcs[VmcsField.HostCsSelector], 0, uint.MaxValue, Code | (wide ? Long : Big)));
        p.SetSegment(SegmentName.Ss, DataSegment(vmcs[VmcsField.HostSsSelector], 0));
        p.SetSegment(SegmentName.Ds, DataSegment(vmcs[VmcsField.HostDsSelector], 0));
        p.SetSegment(SegmentName.Es, DataSegment(vmcs[VmcsField.HostEsSelector], 0));
        p.SetSegment(SegmentName.Fs, DataSegment(vmcs[VmcsField.HostFsSelector], vmcs[VmcsField.HostFsBase]));
        p.SetSegment(SegmentName.Gs, DataSegment(vmcs[VmcsField.HostGsSelector], vmcs[VmcsField.HostGsBase]));
        p.Tr = new SegmentRegister((ushort)vmcs[VmcsField.HostTrSelector], vmcs[VmcsField.HostTrBase], 0x67, BusyTask);
        p.Ldtr = new SegmentRegister(0, 0, 0, SegmentRegister.UnusableBit);
        p.Gdtr = new TableRegister(vmcs[VmcsField.HostGdtrBase], ushort.MaxValue);
        p.Idtr = new TableRegister(vmcs[VmcsField.HostIdtrBase], ushort.MaxValue);
    }

    private static SegmentRegister DataSegment(ulong selector, ulong start) =>
        new((ushort)selector, start, uint.MaxValue, selector == 0 ? Data | SegmentRegister.UnusableBit : Data);

    /// <summary>The PDPTEs of a host that uses PAE paging, from memory. One that is invalid is a VMX abort.</summary>
    [Manual("3C", "28.5.4", "Checking and Loading Host Page-Directory-Pointer-Table Entries")]
    private static bool LoadPdptes(Processor p)
    {
        if (!ControlRegisterWrites.UsesPae(p.ControlRegister0, p.ControlRegister4, p.ExtendedFeatures) || PaePdptes.Load(p, p.ControlRegister3)) return true;
        p.StopReason = StopReason.None;
        return VmxAbort.Enter(p, VmxAbortIndicator.HostPdptes);
    }
}
