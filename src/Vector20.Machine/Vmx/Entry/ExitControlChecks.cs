using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>The VM-exit control fields.</summary>
[Manual("3C", "27.2.1.2", "VM-Exit Control Fields")]
internal static class ExitControlChecks
{
    /// <summary>The rule that is broken, or null.</summary>
    public static string? Check(Processor p, Vmcs vmcs)
    {
        const VmExitControls MustBeOne = VmExitControls.Default1 & ~VmExitControls.SaveDebugControls;
        VmExitControls controls = p.Vmx.ExitControls;
        if ((controls & MustBeOne) != MustBeOne || (controls & ~VmxCapabilities.Exit) != 0) return "a reserved VM-exit control is set wrong";
        if ((controls & VmExitControls.SaveVmxPreemptionTimerValue) != 0 && (p.Vmx.PinBased & PinBasedControls.ActivateVmxPreemptionTimer) == 0)
            return "the VMX-preemption timer is saved but not active";
        if (!EntryChecks.IsMsrArea(p, vmcs[VmcsField.VmExitMsrStoreAddress], vmcs[VmcsField.VmExitMsrStoreCount])) return "the VM-exit MSR-store area is misplaced";
        return EntryChecks.IsMsrArea(p, vmcs[VmcsField.VmExitMsrLoadAddress], vmcs[VmcsField.VmExitMsrLoadCount]) ? null : "the VM-exit MSR-load area is misplaced";
    }
}

/// <summary>The VM-entry control fields but for event injection.</summary>
[Manual("3C", "27.2.1.3", "VM-Entry Control Fields")]
internal static class EntryControlChecks
{
    /// <summary>The rule that is broken, or null.</summary>
    public static string? Check(Processor p, Vmcs vmcs)
    {
        const VmEntryControls MustBeOne = VmEntryControls.Default1 & ~VmEntryControls.LoadDebugControls;
        VmEntryControls controls = p.Vmx.EntryControls;
        if ((controls & MustBeOne) != MustBeOne || (controls & ~VmxCapabilities.Entry) != 0) return "a reserved VM-entry control is set wrong";
        return EntryChecks.IsMsrArea(p, vmcs[VmcsField.VmEntryMsrLoadAddress], vmcs[VmcsField.VmEntryMsrLoadCount]) ? null : "the VM-entry MSR-load area is misplaced";
    }
}
