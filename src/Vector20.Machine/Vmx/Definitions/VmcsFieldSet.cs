using Vector20.Machine.Processors.Models;

namespace Vector20.Machine.Vmx;

/// <summary>The VMCS fields that a CPU model has: a field that serves a control exists where the control may be 1.</summary>
[Manual("3D", "B", "Field Encoding in VMCS")]
internal sealed class VmcsFieldSet
{
    private const ulong UndefinedBits = ~0x6FFFul;
    private readonly bool[] _has = new bool[Vmcs.SlotCount];

    /// <summary>Makes the set of a model.</summary>
    public VmcsFieldSet(CpuModel model)
    {
        foreach (VmcsField field in Vmx.VmcsFields.All)
        {
            if (!Exists(field, model)) continue;
            _has[Vmcs.Slot(field)] = true;
            HighestIndex = Math.Max(HighestIndex, field.Index());
        }
    }

    /// <summary>The highest index of a field that the model has.</summary>
    public int HighestIndex { get; }

    /// <summary>Whether an operand of VMREAD or VMWRITE names a field, or the upper half of a 64-bit field.</summary>
    [Manual("3C", "25.11.2", "VMREAD, VMWRITE, and Encodings of VMCS Fields")]
    public bool Contains(ulong encoding)
    {
        var field = (VmcsField)encoding;
        if ((encoding & UndefinedBits) != 0 || field.IsHigh() && field.Width() != VmcsFieldWidth.Quadword) return false;
        return Vmcs.FitsGroup(field) && _has[Vmcs.Slot(field)];
    }

    private static bool Exists(VmcsField field, CpuModel model)
    {
        PinBasedControls pin = VmxCapabilities.PinBased(model);
        SecondaryControls secondary = VmxCapabilities.Secondary(model);
        return field switch
        {
            VmcsField.PostedInterruptNotificationVector or VmcsField.PostedInterruptDescriptorAddress => (pin & PinBasedControls.ProcessPostedInterrupts) != 0,
            VmcsField.VmxPreemptionTimerValue => (pin & PinBasedControls.ActivateVmxPreemptionTimer) != 0,
            VmcsField.TertiaryProcessorBasedControls => VmxCapabilities.Tertiary(model) != 0,
            VmcsField.LastPidPointerIndex or VmcsField.PidPointerTableAddress => (VmxCapabilities.Tertiary(model) & TertiaryControls.IpiVirtualization) != 0,
            _ => ServesNoOther(field) || (secondary & Served(field)) != 0,
        };
    }

    /// <summary>The secondary control that a field serves; none for those of features that no model has.</summary>
    private static SecondaryControls Served(VmcsField field) => field switch
    {
        VmcsField.Vpid => SecondaryControls.EnableVpid,
        VmcsField.EptpIndex or VmcsField.VirtualizationExceptionInformationAddress => SecondaryControls.EptViolationVe,
        VmcsField.GuestInterruptStatus or >= VmcsField.EoiExitBitmap0 and <= VmcsField.EoiExitBitmap3 => SecondaryControls.VirtualInterruptDelivery,
        VmcsField.PmlIndex or VmcsField.PmlAddress => SecondaryControls.EnablePml,
        VmcsField.ApicAccessAddress => SecondaryControls.VirtualizeApicAccesses,
        VmcsField.VmFunctionControls or VmcsField.EptpListAddress => SecondaryControls.EnableVmFunctions,
        VmcsField.EptPointer or VmcsField.GuestPhysicalAddress or >= VmcsField.GuestPdpte0 and <= VmcsField.GuestPdpte3 => SecondaryControls.EnableEpt,
        VmcsField.VmreadBitmapAddress or VmcsField.VmwriteBitmapAddress => SecondaryControls.VmcsShadowing,
        VmcsField.XssExitingBitmap => SecondaryControls.EnableXsavesXrstors,
        VmcsField.TscMultiplier => SecondaryControls.UseTscScaling,
        VmcsField.PleGap or VmcsField.PleWindow => SecondaryControls.PauseLoopExiting,
        _ => SecondaryControls.None,
    };

    /// <summary>Fields that every processor with VMX has, and those of VM-entry and VM-exit controls that every model here has.</summary>
    private static bool ServesNoOther(VmcsField field) => Served(field) == SecondaryControls.None && field is not (
        VmcsField.HlatPrefixSize or VmcsField.LastPidPointerIndex or VmcsField.GuestUinv
        or VmcsField.EnclsExitingBitmap or VmcsField.SubPagePermissionTablePointer or VmcsField.EnclvExitingBitmap
        or >= VmcsField.LowPasidDirectoryAddress and <= VmcsField.SpecCtrlShadow
        or VmcsField.GuestPerfGlobalCtrl or >= VmcsField.GuestBndcfgs and <= VmcsField.GuestPkrs
        or VmcsField.HostPerfGlobalCtrl or VmcsField.HostPkrs or VmcsField.InstructionTimeoutControl
        or >= VmcsField.GuestSCet and <= VmcsField.GuestInterruptSspTable or >= VmcsField.HostSCet and <= VmcsField.HostInterruptSspTable);
}
