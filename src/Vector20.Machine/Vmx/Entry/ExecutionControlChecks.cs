using Vector20.Machine.Apic;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Vmx;

/// <summary>The VM-execution control fields.</summary>
[Manual("3C", "27.2.1.1", "VM-Execution Control Fields")]
internal static class ExecutionControlChecks
{
    private const ulong PageOffset = 0xFFF;

    /// <summary>The rule that is broken, or null.</summary>
    public static string? Check(Processor p, Vmcs vmcs) =>
        Reserved(p, vmcs) ?? Bitmaps(p, vmcs) ?? VirtualNmis(p.Vmx) ?? TprShadow(p, vmcs) ?? VirtualApic(p, vmcs) ?? Posted(p, vmcs) ?? PidPointers(p, vmcs) ?? Translation(p, vmcs) ?? VmFunctions(p, vmcs) ?? Shadowing(p, vmcs);

    private static string? Reserved(Processor p, Vmcs vmcs)
    {
        VmxState vmx = p.Vmx;
        const ProcessorBasedControls MustBeOne = ProcessorBasedControls.Default1 & ~VmxCapabilities.ProcessorBasedMayBeZero;
        if ((vmx.PinBased & PinBasedControls.Default1) != PinBasedControls.Default1 || (vmx.PinBased & ~VmxCapabilities.PinBased(p.Model)) != 0)
            return "a reserved pin-based control is set wrong";
        if ((vmx.ProcessorBased & MustBeOne) != MustBeOne || (vmx.ProcessorBased & ~VmxCapabilities.ProcessorBased(p.Model)) != 0)
            return "a reserved primary processor-based control is set wrong";
        if ((vmx.Secondary & ~VmxCapabilities.Secondary(p.Model)) != 0) return "a reserved secondary processor-based control is 1";
        if ((vmx.Tertiary & ~VmxCapabilities.Tertiary(p.Model)) != 0) return "a reserved tertiary processor-based control is 1";
        return vmcs[VmcsField.Cr3TargetCount] > 4 ? "the CR3-target count is greater than 4" : null;
    }

    private static string? Bitmaps(Processor p, Vmcs vmcs)
    {
        if (Has(p, ProcessorBasedControls.UseIoBitmaps)
            && !(EntryChecks.IsPhysical(p, vmcs[VmcsField.IoBitmapA], PageOffset) && EntryChecks.IsPhysical(p, vmcs[VmcsField.IoBitmapB], PageOffset)))
            return "an I/O-bitmap address is not a page's";
        if (Has(p, ProcessorBasedControls.UseMsrBitmaps) && !EntryChecks.IsPhysical(p, vmcs[VmcsField.MsrBitmaps], PageOffset))
            return "the MSR-bitmap address is not a page's";
        return null;
    }

    private static string? VirtualNmis(VmxState vmx)
    {
        bool isVirtual = (vmx.PinBased & PinBasedControls.VirtualNmis) != 0;
        if (isVirtual && (vmx.PinBased & PinBasedControls.NmiExiting) == 0) return "virtual NMIs without NMI exiting";
        return !isVirtual && (vmx.ProcessorBased & ProcessorBasedControls.NmiWindowExiting) != 0 ? "NMI-window exiting without virtual NMIs" : null;
    }

    private static string? TprShadow(Processor p, Vmcs vmcs)
    {
        if (!Has(p, ProcessorBasedControls.UseTprShadow))
        {
            const SecondaryControls Needs = SecondaryControls.VirtualizeX2ApicMode | SecondaryControls.ApicRegisterVirtualization | SecondaryControls.VirtualInterruptDelivery;
            return (p.Vmx.Secondary & Needs) != 0 || (p.Vmx.Tertiary & TertiaryControls.IpiVirtualization) != 0 ? "APIC virtualization without the TPR shadow" : null;
        }

        ulong page = vmcs[VmcsField.VirtualApicAddress], threshold = vmcs[VmcsField.TprThreshold];
        if (!EntryChecks.IsPhysical(p, page, PageOffset)) return "the virtual-APIC address is not a page's";
        if (Has(p, SecondaryControls.VirtualInterruptDelivery)) return null;
        if (threshold > 15) return "bits 31:4 of the TPR threshold are not 0";
        if (Has(p, SecondaryControls.VirtualizeApicAccesses)) return null;
        int virtualTpr = p.Computer.Memory.Read<byte>(new PhysicalAddress(page + (uint)ApicRegister.TaskPriority));
        return (int)threshold > virtualTpr >> 4 ? "the TPR threshold is above the virtual TPR" : null;
    }

    private static string? VirtualApic(Processor p, Vmcs vmcs)
    {
        if (Has(p, SecondaryControls.VirtualizeApicAccesses) && !EntryChecks.IsPhysical(p, vmcs[VmcsField.ApicAccessAddress], PageOffset))
            return "the APIC-access address is not a page's";
        if (Has(p, SecondaryControls.VirtualizeX2ApicMode) && Has(p, SecondaryControls.VirtualizeApicAccesses))
            return "x2APIC mode and APIC accesses are both virtualized";
        if (Has(p, SecondaryControls.VirtualInterruptDelivery) && (p.Vmx.PinBased & PinBasedControls.ExternalInterruptExiting) == 0)
            return "virtual-interrupt delivery without external-interrupt exiting";
        return null;
    }

    private static string? Posted(Processor p, Vmcs vmcs)
    {
        if ((p.Vmx.PinBased & PinBasedControls.ProcessPostedInterrupts) == 0) return null;
        if (!Has(p, SecondaryControls.VirtualInterruptDelivery)) return "posted interrupts without virtual-interrupt delivery";
        if ((p.Vmx.ExitControls & VmExitControls.AcknowledgeInterruptOnExit) == 0) return "posted interrupts without acknowledging interrupts on exit";
        if (vmcs[VmcsField.PostedInterruptNotificationVector] > 255) return "the posted-interrupt notification vector is above 255";
        return EntryChecks.IsPhysical(p, vmcs[VmcsField.PostedInterruptDescriptorAddress], 63) ? null : "the posted-interrupt descriptor is misplaced";
    }

    /// <summary>The table is of 8-byte entries; its last one too must be where memory can be.</summary>
    private static string? PidPointers(Processor p, Vmcs vmcs)
    {
        if ((p.Vmx.Tertiary & TertiaryControls.IpiVirtualization) == 0) return null;
        ulong table = vmcs[VmcsField.PidPointerTableAddress], last = table + 8 * vmcs[VmcsField.LastPidPointerIndex];
        return EntryChecks.IsPhysical(p, table, 7) && EntryChecks.IsPhysical(p, last, 7) ? null : "the PID-pointer table is misplaced";
    }

    private static string? Translation(Processor p, Vmcs vmcs)
    {
        const SecondaryControls NeedEpt = SecondaryControls.UnrestrictedGuest | SecondaryControls.ModeBasedExecuteControl | SecondaryControls.EnablePml;
        if (Has(p, SecondaryControls.EnableVpid) && vmcs[VmcsField.Vpid] == 0) return "the VPID is 0";
        if (Has(p, SecondaryControls.EptViolationVe) && !EntryChecks.IsPhysical(p, vmcs[VmcsField.VirtualizationExceptionInformationAddress], PageOffset))
            return "the virtualization-exception information address is not a page's";
        if (Has(p, SecondaryControls.EnablePml) && !EntryChecks.IsPhysical(p, vmcs[VmcsField.PmlAddress], PageOffset)) return "the PML address is not a page's";
        if (!Has(p, SecondaryControls.EnableEpt)) return (p.Vmx.Secondary & NeedEpt) != 0 ? "a control that needs EPT without EPT" : null;
        return IsEptPointer(p, vmcs[VmcsField.EptPointer]) ? null : "the EPT pointer is invalid";
    }

    /// <summary>Whether VM entry and the EPTP-switching function accept an EPT pointer: what the model lacks is reserved.</summary>
    public static bool IsEptPointer(Processor p, ulong value) => new EptPointer(value).IsValid(p.Model.PhysicalAddressBits, p.Model.EptCapabilities);

    private static string? VmFunctions(Processor p, Vmcs vmcs)
    {
        if (!Has(p, SecondaryControls.EnableVmFunctions)) return null;
        var functions = (VmFunctionControls)vmcs[VmcsField.VmFunctionControls];
        if ((functions & ~VmxCapabilities.VmFunctions) != 0) return "a reserved VM-function control is 1";
        if ((functions & VmFunctionControls.EptpSwitching) == 0) return null;
        if (!Has(p, SecondaryControls.EnableEpt)) return "EPTP switching without EPT";
        return EntryChecks.IsPhysical(p, vmcs[VmcsField.EptpListAddress], PageOffset) ? null : "the EPTP-list address is not a page's";
    }

    private static string? Shadowing(Processor p, Vmcs vmcs)
    {
        if (!Has(p, SecondaryControls.VmcsShadowing)) return null;
        bool pages = EntryChecks.IsPhysical(p, vmcs[VmcsField.VmreadBitmapAddress], PageOffset) && EntryChecks.IsPhysical(p, vmcs[VmcsField.VmwriteBitmapAddress], PageOffset);
        return pages ? null : "the VMREAD- or VMWRITE-bitmap address is not a page's";
    }

    private static bool Has(Processor p, ProcessorBasedControls control) => (p.Vmx.ProcessorBased & control) != 0;

    private static bool Has(Processor p, SecondaryControls control) => (p.Vmx.Secondary & control) != 0;
}
