using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Msrs;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Vmx.Root;

/// <summary>The fields of a VMCS with which a built guest's state is that of the guest, and of the host too.</summary>
internal static class UsualFields
{
    /// <summary>A host and a guest in 64-bit mode at CPL 0, EPT that maps everything to itself, no exit that can be left out.</summary>
    public static Dictionary<VmcsField, ulong> Of64Bit() => Of(GuestMode.Long, GuestPaging.Default);

    public static Dictionary<VmcsField, ulong> Of(GuestMode mode, GuestPaging paging)
    {
        GuestBuilder builder = new GuestBuilder(mode).ControlBits4(Cr4.VMXE);
        if (paging != GuestPaging.Default) builder.Paging(paging);
        using Guest model = builder.Load();
        Processor p = model.Processor;
        var vmcs = new Vmcs();
        GuestState.Save(p, vmcs, (VmExitControls)uint.MaxValue);
        var fields = VmcsFields.All.Where(field => field.Type() == VmcsFieldType.GuestState).ToDictionary(field => field, field => vmcs[field]);
        foreach (VmcsField field in fields.Keys.Where(field => !p.Model.VmcsFields.Contains((ulong)field)).ToArray()) fields.Remove(field);
        fields.Remove(VmcsField.GuestRip);
        fields[VmcsField.GuestRsp] -= 0x800;
        AddControls(fields, p.LongMode);
        AddHost(fields, p);
        return fields;
    }

    private static void AddControls(Dictionary<VmcsField, ulong> fields, bool longMode)
    {
        fields[VmcsField.PinBasedControls] = (ulong)PinBasedControls.Default1;
        fields[VmcsField.ProcessorBasedControls] = (ulong)(ProcessorBasedControls.Default1 & ~VmxCapabilities.ProcessorBasedMayBeZero
            | ProcessorBasedControls.ActivateSecondaryControls);
        fields[VmcsField.SecondaryProcessorBasedControls] = (ulong)(SecondaryControls.EnableEpt | SecondaryControls.UnrestrictedGuest);
        fields[VmcsField.VmExitControls] = (ulong)(VmExitControls.Default1 | VmExitControls.SaveEfer | VmExitControls.LoadEfer | (longMode ? VmExitControls.HostAddressSpaceSize : 0));
        fields[VmcsField.VmEntryControls] = (ulong)(VmEntryControls.Default1 | VmEntryControls.LoadEfer | (longMode ? VmEntryControls.Ia32eModeGuest : 0));
        fields[VmcsField.EptPointer] = MachineHost.EptTables | 3 << 3 | 6;
    }

    private static void AddHost(Dictionary<VmcsField, ulong> fields, Processor p)
    {
        fields[VmcsField.HostCr0] = p.ControlRegister0;
        fields[VmcsField.HostCr3] = p.ControlRegister3;
        fields[VmcsField.HostCr4] = p.ControlRegister4;
        fields[VmcsField.HostEfer] = p.ExtendedFeatures;
        fields[VmcsField.HostPat] = p.Msrs[Msr.Pat];
        fields[VmcsField.HostCsSelector] = p.Segment(SegmentName.Cs).Selector;
        foreach (VmcsField selector in (VmcsField[])[VmcsField.HostSsSelector, VmcsField.HostDsSelector, VmcsField.HostEsSelector, VmcsField.HostFsSelector, VmcsField.HostGsSelector])
            fields[selector] = GuestLayout.KernelData;
        fields[VmcsField.HostTrSelector] = p.Tr.Selector;
        fields[VmcsField.HostTrBase] = p.Tr.Base;
        fields[VmcsField.HostGdtrBase] = p.Gdtr.Base;
        fields[VmcsField.HostIdtrBase] = p.Idtr.Base;
        fields[VmcsField.HostRsp] = p[4];
    }
}
