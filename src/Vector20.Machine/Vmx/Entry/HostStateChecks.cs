using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Msrs;

namespace Vector20.Machine.Vmx;

/// <summary>The host-state area. It is a host in machine code that it matters to; one in C# has no such state.</summary>
[Manual("3C", "27.2", "Checks on VMX Controls and Host-State Area")]
internal static class HostStateChecks
{
    private const ulong RplAndTableIndicator = 7;

    private static readonly VmcsField[] s_selectors =
    [
        VmcsField.HostEsSelector, VmcsField.HostCsSelector, VmcsField.HostSsSelector, VmcsField.HostDsSelector,
        VmcsField.HostFsSelector, VmcsField.HostGsSelector, VmcsField.HostTrSelector,
    ];

    private static readonly VmcsField[] s_bases =
        [VmcsField.HostFsBase, VmcsField.HostGsBase, VmcsField.HostTrBase, VmcsField.HostGdtrBase, VmcsField.HostIdtrBase];

    /// <summary>The rule that is broken, or null.</summary>
    public static string? Check(Processor p, Vmcs vmcs)
    {
        bool wide = (p.Vmx.ExitControls & VmExitControls.HostAddressSpaceSize) != 0;
        return ControlRegisters(p, vmcs) ?? Msrs(p, vmcs, wide) ?? Segments(p, vmcs, wide) ?? AddressSpace(p, vmcs, wide);
    }

    [Manual("3C", "27.2.2", "Checks on Host Control Registers, MSRs, and SSP")]
    private static string? ControlRegisters(Processor p, Vmcs vmcs)
    {
        ulong cr0 = vmcs[VmcsField.HostCr0], cr4 = vmcs[VmcsField.HostCr4];
        if (!FixedBits.SupportCr0(cr0, unrestricted: false) || (cr0 & ~VmxCapabilities.Cr0Fixed1) != 0) return "host CR0 has a bit that VMX operation does not allow";
        if (!FixedBits.SupportCr4(cr4) || (cr4 & ~p.Model.Cr4Bits) != 0) return "host CR4 has a bit that VMX operation does not allow";
        return vmcs[VmcsField.HostCr3] >> p.Model.PhysicalAddressBits != 0 ? "host CR3 is beyond the physical-address width" : null;
    }

    [Manual("3C", "27.2.2", "Checks on Host Control Registers, MSRs, and SSP")]
    private static string? Msrs(Processor p, Vmcs vmcs, bool wide)
    {
        VmExitControls controls = p.Vmx.ExitControls;
        if (!EntryChecks.IsCanonical(p, vmcs[VmcsField.HostSysenterEsp]) || !EntryChecks.IsCanonical(p, vmcs[VmcsField.HostSysenterEip]))
            return "host IA32_SYSENTER_ESP or IA32_SYSENTER_EIP is not canonical";
        if ((controls & VmExitControls.LoadPat) != 0 && !MemoryTypes.AreAll(vmcs[VmcsField.HostPat], MemoryTypes.InPat)) return "host IA32_PAT has a reserved memory type";
        if ((controls & VmExitControls.LoadEfer) == 0) return null;
        ulong efer = vmcs[VmcsField.HostEfer];
        if ((efer & ~p.Model.ExtendedFeatureBits) != 0) return "a reserved bit of host IA32_EFER is 1";
        bool same = (efer & Efer.LMA) != 0 == wide && (efer & Efer.LME) != 0 == wide;
        return same ? null : "host IA32_EFER.LMA or LME is not the control host address-space size";
    }

    [Manual("3C", "27.2.3", "Checks on Host Segment and Descriptor-Table Registers")]
    private static string? Segments(Processor p, Vmcs vmcs, bool wide)
    {
        foreach (VmcsField selector in s_selectors)
            if ((vmcs[selector] & RplAndTableIndicator) != 0) return "the RPL or the TI flag of a host selector is not 0";
        if (vmcs[VmcsField.HostCsSelector] == 0 || vmcs[VmcsField.HostTrSelector] == 0) return "the host's CS or TR selector is null";
        if (vmcs[VmcsField.HostSsSelector] == 0 && !wide) return "the host's SS selector is null outside IA-32e mode";
        foreach (VmcsField address in s_bases)
            if (!EntryChecks.IsCanonical(p, vmcs[address])) return "a base address of the host is not canonical";
        return null;
    }

    /// <summary>A host in IA-32e mode has a guest in either mode; one outside it has neither itself nor its guest in IA-32e mode.</summary>
    [Manual("3C", "27.2.4", "Checks Related to Address-Space Size")]
    private static string? AddressSpace(Processor p, Vmcs vmcs, bool wide)
    {
        bool longModeGuest = (p.Vmx.EntryControls & VmEntryControls.Ia32eModeGuest) != 0;
        if (p.LongMode != wide) return "the control host address-space size is not IA32_EFER.LMA";
        if (!wide && longModeGuest) return "IA-32e mode guest without host address-space size";
        ulong cr4 = vmcs[VmcsField.HostCr4], rip = vmcs[VmcsField.HostRip];
        if (wide) return (cr4 & Cr4.PAE) == 0 ? "host CR4.PAE is 0 in IA-32e mode" : EntryChecks.IsCanonical(p, rip) ? null : "the host's RIP is not canonical";
        if ((cr4 & Cr4.PCIDE) != 0) return "host CR4.PCIDE is 1 outside IA-32e mode";
        return rip > uint.MaxValue ? "bits 63:32 of the host's RIP are not 0" : null;
    }
}
