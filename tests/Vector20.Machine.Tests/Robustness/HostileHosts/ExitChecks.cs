using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Robustness.HostileHosts;

/// <summary>What a VM exit of a guest that was entered says, and what it changes in the VMCS.</summary>
[Manual("3C", "28", "VM Exits")]
internal static class ExitChecks
{
    public static string? Check(Observation o)
    {
        ulong reason = o.After[VmcsField.ExitReason];
        if (reason > ushort.MaxValue) return $"bits 30:16 of the exit reason {reason:X}";
        if (o.Launch == o.Before.Launched) return "an entry went on with the wrong launch state";
        if (!o.After.Launched) return "the launch state is not launched after an entry";
        if (EnteredChecks.Check(o) is { } entered) return entered;
        if (!IsEnabled((ExitReason)reason, o)) return $"a VM exit with reason {(ExitReason)reason}, which no control enables";
        return EventInformationChecks.Check(o) ?? QualificationChecks.Check(o) ?? Fields(o) ?? SavedStateChecks.Check(o);
    }

    /// <summary>Whether a reason is defined, and the guest's controls make it possible.</summary>
    [Manual("3D", "C", "VMX Basic Exit Reasons")]
    [Manual("3C", "26.1.3", "Instructions That Cause VM Exits Conditionally")]
    private static bool IsEnabled(ExitReason reason, Observation o) => reason switch
    {
        ExitReason.ExceptionOrNmi or ExitReason.TripleFault or ExitReason.TaskSwitch => true,
        ExitReason.Cpuid or ExitReason.Invd or ExitReason.Xsetbv or ExitReason.Rsm => true,
        ExitReason.Rdmsr or ExitReason.Wrmsr or ExitReason.ControlRegisterAccess => true,
        >= ExitReason.Vmcall and <= ExitReason.Vmxon or ExitReason.Invept or ExitReason.Invvpid => true,
        ExitReason.InitSignal or ExitReason.StartUpIpi => o.SignalsSent,
        ExitReason.ExternalInterrupt => o.Has(PinBasedControls.ExternalInterruptExiting),
        ExitReason.VmxPreemptionTimerExpired => o.Has(PinBasedControls.ActivateVmxPreemptionTimer),
        ExitReason.MonitorTrapFlag => o.Has(ProcessorBasedControls.MonitorTrapFlag) || (o.Before[VmcsField.VmEntryInterruptionInformation] & 0x8000_0700) == 0x8000_0700,
        ExitReason.IoInstruction => o.Has(ProcessorBasedControls.UnconditionalIoExiting) || o.Has(ProcessorBasedControls.UseIoBitmaps),
        ExitReason.Pause => o.Has(ProcessorBasedControls.PauseExiting) || o.Has(SecondaryControls.PauseLoopExiting),
        ExitReason.EptViolation or ExitReason.EptMisconfiguration => o.Has(SecondaryControls.EnableEpt),
        ExitReason.AccessToGdtrOrIdtr or ExitReason.AccessToLdtrOrTr => o.Has(SecondaryControls.DescriptorTableExiting),
        ExitReason.Rdtscp => o.Has(ProcessorBasedControls.RdtscExiting) && o.Has(SecondaryControls.EnableRdtscp),
        ExitReason.Invpcid => o.Has(ProcessorBasedControls.InvlpgExiting) && o.Has(SecondaryControls.EnableInvpcid),
        ExitReason.TprBelowThreshold => o.Has(ProcessorBasedControls.UseTprShadow) && !o.Has(SecondaryControls.VirtualInterruptDelivery),
        _ => IsEnabledByOne(reason, o),
    };

    private static bool IsEnabledByOne(ExitReason reason, Observation o) => reason switch
    {
        ExitReason.InterruptWindow => o.Has(ProcessorBasedControls.InterruptWindowExiting),
        ExitReason.NmiWindow => o.Has(ProcessorBasedControls.NmiWindowExiting),
        ExitReason.Hlt => o.Has(ProcessorBasedControls.HltExiting),
        ExitReason.Invlpg => o.Has(ProcessorBasedControls.InvlpgExiting),
        ExitReason.Rdpmc => o.Has(ProcessorBasedControls.RdpmcExiting),
        ExitReason.Rdtsc => o.Has(ProcessorBasedControls.RdtscExiting),
        ExitReason.MovDr => o.Has(ProcessorBasedControls.MovDrExiting),
        ExitReason.Mwait => o.Has(ProcessorBasedControls.MwaitExiting),
        ExitReason.Monitor => o.Has(ProcessorBasedControls.MonitorExiting),
        ExitReason.ApicAccess => o.Has(SecondaryControls.VirtualizeApicAccesses),
        ExitReason.VirtualizedEoi => o.Has(SecondaryControls.VirtualInterruptDelivery),
        ExitReason.ApicWrite => o.Has(ProcessorBasedControls.UseTprShadow),
        ExitReason.WbinvdOrWbnoinvd => o.Has(SecondaryControls.WbinvdExiting),
        ExitReason.Rdrand => o.Has(SecondaryControls.RdrandExiting),
        ExitReason.Rdseed => o.Has(SecondaryControls.RdseedExiting),
        ExitReason.Vmfunc => o.Has(SecondaryControls.EnableVmFunctions),
        ExitReason.PageModificationLogFull => o.Has(SecondaryControls.EnablePml),
        ExitReason.Xsaves or ExitReason.Xrstors => o.Has(SecondaryControls.EnableXsavesXrstors),
        _ => false,
    };

    /// <summary>Of controls an exit changes the valid bit of the injection and "IA-32e mode guest"; the guest itself moves a few more. Host state stays.</summary>
    [Manual("3C", "28.2", "Recording VM-Exit Information and Updating VM-Entry Control Fields")]
    private static string? Fields(Observation o)
    {
        ulong injection = VmcsBits(o, VmcsField.VmEntryInterruptionInformation), entry = VmcsBits(o, VmcsField.VmEntryControls);
        if ((injection & 0x7FFF_FFFF) != 0 || o.After[VmcsField.VmEntryInterruptionInformation] >> 31 != 0) return "the VM-entry interruption information after an exit";
        if ((entry & ~(ulong)VmEntryControls.Ia32eModeGuest) != 0) return "the VM-entry controls after an exit";
        foreach (VmcsField field in VmcsFields.All)
            if (field.Type() is VmcsFieldType.Control or VmcsFieldType.HostState && o.Before[field] != o.After[field] && !MayChange(field, o)) return $"an exit changed {field}";
        return GuestFields(o);
    }

    /// <summary>Guest-state fields that an exit saves only under a control.</summary>
    [Manual("3C", "28.3", "Saving Guest State")]
    private static string? GuestFields(Observation o)
    {
        foreach (VmcsField field in (VmcsField[])[VmcsField.VmcsLinkPointer, VmcsField.GuestSmbase])
            if (VmcsBits(o, field) != 0) return $"an exit changed {field}";
        if (!o.Has(VmExitControls.SaveDebugControls) && (VmcsBits(o, VmcsField.GuestDr7) | VmcsBits(o, VmcsField.GuestDebugCtl)) != 0) return "debug controls were saved";
        if (!o.Has(VmExitControls.SavePat) && VmcsBits(o, VmcsField.GuestPat) != 0) return "IA32_PAT was saved";
        if (!o.Has(VmExitControls.SaveEfer) && VmcsBits(o, VmcsField.GuestEfer) != 0) return "IA32_EFER was saved";
        if (!o.Has(VmExitControls.SaveVmxPreemptionTimerValue) && VmcsBits(o, VmcsField.VmxPreemptionTimerValue) != 0) return "the VMX-preemption timer was saved";
        if (!o.Has(SecondaryControls.EnablePml) && VmcsBits(o, VmcsField.PmlIndex) != 0) return "the PML index moved without PML";
        bool status = o.Has(SecondaryControls.VirtualInterruptDelivery) || VmcsBits(o, VmcsField.GuestInterruptStatus) == 0;
        return status ? null : "the guest interrupt status moved without virtual-interrupt delivery";
    }

    private static bool MayChange(VmcsField field, Observation o) => field switch
    {
        VmcsField.VmEntryInterruptionInformation or VmcsField.VmEntryControls => true,
        VmcsField.EptPointer or VmcsField.EptpIndex => o.Has(SecondaryControls.EnableVmFunctions),
        _ => false,
    };

    private static ulong VmcsBits(Observation o, VmcsField field) => o.Before[field] ^ o.After[field];
}

/// <summary>Rules that a VMCS with which a guest was entered must have kept, taken from the capability MSRs and from the manual anew.</summary>
[Manual("3C", "27.2", "Checks on VMX Controls and Host-State Area")]
[Manual("3C", "27.3", "Checking and Loading Guest State")]
internal static class EnteredChecks
{
    public static string? Check(Observation o)
    {
        Vmcs v = o.Before;
        foreach ((VmcsField field, uint msr) in ((VmcsField, uint)[])[
            (VmcsField.PinBasedControls, 0x48D), (VmcsField.ProcessorBasedControls, 0x48E), (VmcsField.VmExitControls, 0x48F), (VmcsField.VmEntryControls, 0x490)])
            if (!Fits(v[field], msr)) return $"a guest was entered with {field} {v[field]:X}";
        if (o.Secondary != 0 && !Fits((ulong)o.Secondary, 0x48B)) return $"a guest was entered with secondary controls {o.Secondary}";
        if ((v[VmcsField.GuestRflags] & 0xFFFF_FFFF_FFC0_802A) != 2) return "a guest was entered with reserved bits of RFLAGS";
        if (v[VmcsField.GuestActivityState] > 3) return "a guest was entered in an undefined activity state";
        if ((v[VmcsField.GuestInterruptibilityState] & 0xFFFF_FFF4) != 0) return "a guest was entered with reserved bits of the interruptibility state";
        if ((v[VmcsField.GuestCr3] | v[VmcsField.HostCr3]) >> 46 != 0) return "a guest was entered with CR3 beyond the physical-address width";
        if ((v[VmcsField.GuestCr0] & 0x8000_0001) == 0x8000_0000) return "a guest was entered with paging but no protection";
        if ((v[VmcsField.GuestCr4] & v[VmcsField.HostCr4] & Cr4.VMXE) == 0) return "a guest was entered with CR4.VMXE 0";
        return v[VmcsField.Cr3TargetCount] > 4 ? "a guest was entered with more than four CR3 targets" : null;
    }

    private static bool Fits(ulong controls, uint msr) =>
        VmxCapabilityMsrs.Read(HostileHost.Model, msr, out ulong capability) && (controls & (uint)capability) == (uint)capability && (controls & ~(capability >> 32)) == 0;
}
