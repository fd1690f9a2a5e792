using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Vmx;

/// <summary>What of VMX a CPU model has: the values of the VMX capability MSRs, and the checks of VM entry that follow from them.</summary>
[Manual("3D", "A", "VMX Capability Reporting Facility")]
public static class VmxCapabilities
{
    /// <summary>The VMCS revision identifier.</summary>
    public const uint RevisionIdentifier = 20;

    private const ProcessorBasedControls Primary = ProcessorBasedControls.Default1 | ProcessorBasedControls.InterruptWindowExiting
        | ProcessorBasedControls.UseTscOffsetting | ProcessorBasedControls.HltExiting | ProcessorBasedControls.InvlpgExiting
        | ProcessorBasedControls.MwaitExiting | ProcessorBasedControls.RdpmcExiting | ProcessorBasedControls.RdtscExiting
        | ProcessorBasedControls.Cr8LoadExiting | ProcessorBasedControls.Cr8StoreExiting | ProcessorBasedControls.UseTprShadow
        | ProcessorBasedControls.NmiWindowExiting | ProcessorBasedControls.MovDrExiting | ProcessorBasedControls.UnconditionalIoExiting
        | ProcessorBasedControls.UseIoBitmaps | ProcessorBasedControls.MonitorTrapFlag | ProcessorBasedControls.UseMsrBitmaps
        | ProcessorBasedControls.MonitorExiting | ProcessorBasedControls.PauseExiting | ProcessorBasedControls.ActivateSecondaryControls;

    /// <summary>The primary controls of the default1 class that may be 0: CR3-load and CR3-store exiting.</summary>
    public const ProcessorBasedControls ProcessorBasedMayBeZero = ProcessorBasedControls.Cr3LoadExiting | ProcessorBasedControls.Cr3StoreExiting;

    /// <summary>The VM-exit controls that may be 1.</summary>
    public const VmExitControls Exit = VmExitControls.Default1 | VmExitControls.HostAddressSpaceSize | VmExitControls.AcknowledgeInterruptOnExit
        | VmExitControls.SavePat | VmExitControls.LoadPat | VmExitControls.SaveEfer | VmExitControls.LoadEfer | VmExitControls.SaveVmxPreemptionTimerValue;

    /// <summary>The VM-entry controls that may be 1.</summary>
    public const VmEntryControls Entry = VmEntryControls.Default1 | VmEntryControls.Ia32eModeGuest | VmEntryControls.LoadPat | VmEntryControls.LoadEfer;

    /// <summary>CR0 bits that must be 1; an unrestricted guest may clear PE and PG.</summary>
    public const ulong Cr0Fixed0 = Cr0.PE | Cr0.NE | Cr0.PG;

    /// <summary>CR0 bits that may be 1.</summary>
    public const ulong Cr0Fixed1 = uint.MaxValue;

    /// <summary>CR4 bits that must be 1.</summary>
    public const ulong Cr4Fixed0 = Cr4.VMXE;

    /// <summary>The VM functions there are.</summary>
    public const VmFunctionControls VmFunctions = VmFunctionControls.EptpSwitching;

    private const SecondaryControls Always = SecondaryControls.DescriptorTableExiting | SecondaryControls.EnableRdtscp | SecondaryControls.EnableVpid
        | SecondaryControls.WbinvdExiting | SecondaryControls.PauseLoopExiting | SecondaryControls.RdrandExiting | SecondaryControls.EnableInvpcid
        | SecondaryControls.RdseedExiting | SecondaryControls.UseTscScaling;

    /// <summary>The pin-based controls that may be 1.</summary>
    public static PinBasedControls PinBased(CpuModel model)
    {
        const PinBasedControls All = PinBasedControls.Default1 | PinBasedControls.ExternalInterruptExiting | PinBasedControls.NmiExiting
            | PinBasedControls.VirtualNmis | PinBasedControls.ActivateVmxPreemptionTimer;
        return model.Has(CpuFeature.ApicVirtualization) ? All | PinBasedControls.ProcessPostedInterrupts : All;
    }

    /// <summary>The primary processor-based controls that may be 1.</summary>
    public static ProcessorBasedControls ProcessorBased(CpuModel model) =>
        Tertiary(model) == 0 ? Primary : Primary | ProcessorBasedControls.ActivateTertiaryControls;

    /// <summary>The tertiary processor-based controls that may be 1: a 64-bit capability MSR says them, for none must be.</summary>
    [Manual("3D", "A.3.4", "Tertiary Processor-Based VM-Execution Controls")]
    public static TertiaryControls Tertiary(CpuModel model) => model.Has(CpuFeature.IpiVirtualization) ? TertiaryControls.IpiVirtualization : 0;

    /// <summary>The secondary processor-based controls that may be 1.</summary>
    public static SecondaryControls Secondary(CpuModel model)
    {
        SecondaryControls controls = Always;
        if (model.Has(CpuFeature.Ept)) controls |= SecondaryControls.EnableEpt | SecondaryControls.ModeBasedExecuteControl;
        if (model.Has(CpuFeature.EptViolationVe)) controls |= SecondaryControls.EptViolationVe;
        if (model.Has(CpuFeature.UnrestrictedGuest)) controls |= SecondaryControls.UnrestrictedGuest;
        if (model.Has(CpuFeature.Xsaves)) controls |= SecondaryControls.EnableXsavesXrstors;
        if (model.Has(CpuFeature.Vmfunc)) controls |= SecondaryControls.EnableVmFunctions;
        if (model.Has(CpuFeature.PageModificationLogging)) controls |= SecondaryControls.EnablePml;
        if (model.Has(CpuFeature.VmcsShadowing)) controls |= SecondaryControls.VmcsShadowing;
        if (model.Has(CpuFeature.ApicVirtualization))
            controls |= SecondaryControls.VirtualizeApicAccesses | SecondaryControls.VirtualizeX2ApicMode | SecondaryControls.ApicRegisterVirtualization | SecondaryControls.VirtualInterruptDelivery;
        return controls;
    }

    /// <summary>
    /// IA32_VMX_MISC: preemption-timer rate, LMA stored on exit, activity states HLT, shutdown and wait-for-SIPI, 4 CR3 targets, injection with
    /// length 0 and, in models that have shadow VMCSs, VMWRITE to read-only fields.
    /// </summary>
    [Manual("3D", "A.6", "Miscellaneous Data")]
    public static ulong Misc(CpuModel model)
    {
        const ulong All = VmxClock.PreemptionTimerShift | 1ul << 5 | 7ul << 6 | 4ul << 16 | 1ul << 30;
        return WritesReadOnlyFields(model) ? All | 1ul << 29 : All;
    }

    /// <summary>Whether VMWRITE may write the VM-exit information fields.</summary>
    [Manual("3D", "A.6", "Miscellaneous Data")]
    public static bool WritesReadOnlyFields(CpuModel model) => model.Has(CpuFeature.VmcsShadowing);

    /// <summary>IA32_VMX_BASIC: revision, a 4096-byte region, write-back memory, instruction information for INS and OUTS, TRUE registers.</summary>
    [Manual("3D", "A.1", "Basic VMX Information")]
    public const ulong Basic = RevisionIdentifier | 4096ul << 32 | 6ul << 50 | 1ul << 54 | 1ul << 55;
}
