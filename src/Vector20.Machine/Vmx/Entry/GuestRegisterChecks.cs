using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Msrs;

namespace Vector20.Machine.Vmx;

/// <summary>Control registers, debug registers, MSRs, descriptor tables, RIP and RFLAGS in the guest-state area.</summary>
[Manual("3C", "27.3.1.1", "Checks on Guest Control Registers, Debug Registers, and MSRs")]
internal static class GuestRegisterChecks
{
    /// <summary>The rule that is broken, or null.</summary>
    public static string? Check(Processor p, Vmcs vmcs) =>
        ControlRegisters(p, vmcs) ?? LongMode(p, vmcs) ?? Msrs(p, vmcs) ?? Tables(p, vmcs) ?? InstructionPointer(p, vmcs) ?? Flags(p, vmcs);

    private static string? ControlRegisters(Processor p, Vmcs vmcs)
    {
        ulong cr0 = vmcs[VmcsField.GuestCr0], cr4 = vmcs[VmcsField.GuestCr4], mustBeOne = VmxCapabilities.Cr0Fixed0;
        if ((p.Vmx.Secondary & SecondaryControls.UnrestrictedGuest) != 0) mustBeOne &= ~(Cr0.PE | Cr0.PG);
        if ((cr0 & mustBeOne) != mustBeOne || (cr0 & ~VmxCapabilities.Cr0Fixed1) != 0) return "guest CR0 has a bit that VMX operation does not allow";
        if ((cr0 & (Cr0.PG | Cr0.PE)) == Cr0.PG) return "guest CR0.PG is 1 and CR0.PE is 0";
        if ((cr4 & VmxCapabilities.Cr4Fixed0) != VmxCapabilities.Cr4Fixed0 || (cr4 & ~p.Model.Cr4Bits) != 0) return "guest CR4 has a bit that VMX operation does not allow";
        return vmcs[VmcsField.GuestCr3] >> p.Model.PhysicalAddressBits != 0 ? "guest CR3 is beyond the physical-address width" : null;
    }

    private static string? LongMode(Processor p, Vmcs vmcs)
    {
        ulong cr0 = vmcs[VmcsField.GuestCr0], cr4 = vmcs[VmcsField.GuestCr4];
        if ((p.Vmx.EntryControls & VmEntryControls.Ia32eModeGuest) == 0) return (cr4 & Cr4.PCIDE) != 0 ? "CR4.PCIDE outside IA-32e mode" : null;
        return (cr0 & Cr0.PG) == 0 || (cr4 & Cr4.PAE) == 0 ? "IA-32e mode without paging or PAE" : null;
    }

    private static string? Msrs(Processor p, Vmcs vmcs)
    {
        VmEntryControls controls = p.Vmx.EntryControls;
        if ((controls & VmEntryControls.LoadDebugControls) != 0)
        {
            if (vmcs[VmcsField.GuestDr7] > uint.MaxValue) return "bits 63:32 of guest DR7 are not 0";
            if ((vmcs[VmcsField.GuestDebugCtl] & ~DebugCtl.BTF) != 0) return "a reserved bit of guest IA32_DEBUGCTL is 1";
        }

        if (!EntryChecks.IsCanonical(p, vmcs[VmcsField.GuestSysenterEsp]) || !EntryChecks.IsCanonical(p, vmcs[VmcsField.GuestSysenterEip]))
            return "guest IA32_SYSENTER_ESP or IA32_SYSENTER_EIP is not canonical";
        if ((controls & VmEntryControls.LoadPat) != 0 && !MemoryTypes.AreAll(vmcs[VmcsField.GuestPat], MemoryTypes.InPat)) return "guest IA32_PAT has a reserved memory type";
        return (controls & VmEntryControls.LoadEfer) != 0 ? ExtendedFeatures(p, vmcs) : null;
    }

    private static string? ExtendedFeatures(Processor p, Vmcs vmcs)
    {
        ulong efer = vmcs[VmcsField.GuestEfer];
        bool longMode = (p.Vmx.EntryControls & VmEntryControls.Ia32eModeGuest) != 0, active = (efer & Efer.LMA) != 0, enabled = (efer & Efer.LME) != 0;
        if ((efer & ~p.Model.ExtendedFeatureBits) != 0) return "a reserved bit of guest IA32_EFER is 1";
        if (active != longMode) return "guest IA32_EFER.LMA is not the control IA-32e mode guest";
        return (vmcs[VmcsField.GuestCr0] & Cr0.PG) != 0 && active != enabled ? "guest IA32_EFER.LMA and LME differ while paging is on" : null;
    }

    [Manual("3C", "27.3.1.3", "Checks on Guest Descriptor-Table Registers")]
    private static string? Tables(Processor p, Vmcs vmcs)
    {
        if (!EntryChecks.IsCanonical(p, vmcs[VmcsField.GuestGdtrBase]) || !EntryChecks.IsCanonical(p, vmcs[VmcsField.GuestIdtrBase]))
            return "the guest's GDTR or IDTR base is not canonical";
        return vmcs[VmcsField.GuestGdtrLimit] > 0xFFFF || vmcs[VmcsField.GuestIdtrLimit] > 0xFFFF ? "bits 31:16 of the guest's GDTR or IDTR limit are not 0" : null;
    }

    /// <summary>RIP need not be canonical: behind the last canonical instruction it is not, and bit N-1 may differ from bit N.</summary>
    [Manual("3C", "27.3.1.4", "Checks on Guest RIP, RFLAGS, and SSP")]
    private static string? InstructionPointer(Processor p, Vmcs vmcs)
    {
        ulong rip = vmcs[VmcsField.GuestRip];
        bool is64Bit = (p.Vmx.EntryControls & VmEntryControls.Ia32eModeGuest) != 0 && GuestState.Segment(vmcs, (int)SegmentName.Cs).Long;
        if (!is64Bit) return rip > uint.MaxValue ? "bits 63:32 of RIP are not 0 outside 64-bit mode" : null;
        return (long)rip >> p.Model.LinearAddressBits is 0 or -1 ? null : "bits 63:N of RIP are not identical";
    }

    [Manual("3C", "27.3.1.4", "Checks on Guest RIP, RFLAGS, and SSP")]
    private static string? Flags(Processor p, Vmcs vmcs)
    {
        ulong flags = vmcs[VmcsField.GuestRflags];
        if ((flags & ~(ulong)Eflags.All) != Eflags.AlwaysOne) return "a reserved bit of RFLAGS is set wrong";
        bool noVirtual8086 = (p.Vmx.EntryControls & VmEntryControls.Ia32eModeGuest) != 0 || (vmcs[VmcsField.GuestCr0] & Cr0.PE) == 0;
        if ((flags & Eflags.VM) != 0 && noVirtual8086) return "RFLAGS.VM in IA-32e mode or with CR0.PE 0";
        var information = new EntryInterruptionInformation((uint)vmcs[VmcsField.VmEntryInterruptionInformation]);
        bool interrupt = information.Valid && information.Type == Events.EventType.ExternalInterrupt;
        return interrupt && (flags & Eflags.IF) == 0 ? "an external interrupt is injected while RFLAGS.IF is 0" : null;
    }
}
