using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Vmx.Root;

/// <summary>Every control that a capability MSR says may be 1 is accepted by VM entry, together with what it needs; every other is refused.</summary>
[Manual("3D", "A", "VMX Capability Reporting Facility")]
[Manual("3C", "27.2.1.1", "VM-Execution Control Fields")]
[Manual("3C", "27.2.1.2", "VM-Exit Control Fields")]
[Manual("3C", "27.2.1.3", "VM-Entry Control Fields")]
public class ControlClaimTests
{
    /// <summary>Both virtualize the APIC: only one of the two may be 1.</summary>
    private const ulong Exclusive = (ulong)SecondaryControls.VirtualizeApicAccesses;

    public static TheoryData<string> Models => [.. CpuModels.All.Where(model => model.Has(CpuFeature.Vmx)).Select(model => model.Name), "default,+ipivirtualization"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Each_bit_of_each_control_field(string name)
    {
        Assert.True(CpuModelParser.TryParse(name, out CpuModel model, out _));
        using var host = new MachineHost(_ => { }, model);
        host.Vmx.On = true;
        foreach ((VmcsField field, uint msr) in ((VmcsField, uint)[])[
            (VmcsField.PinBasedControls, 0x48D), (VmcsField.ProcessorBasedControls, 0x48E), (VmcsField.VmExitControls, 0x48F),
            (VmcsField.VmEntryControls, 0x490), (VmcsField.SecondaryProcessorBasedControls, 0x48B)])
        {
            Assert.True(VmxCapabilityMsrs.Read(model, msr, out ulong capability));
            for (int bit = 0; bit < 32; bit++)
            {
                ulong control = 1ul << bit;
                bool mayBeOne = (capability >> 32 & control) != 0, mustBeOne = (capability & control) != 0;
                Assert.True(mayBeOne == IsAccepted(host, field, control, one: true), $"{model.Name}: {field} bit {bit} as 1");
                if (mustBeOne) Assert.False(IsAccepted(host, field, control, one: false), $"{model.Name}: {field} bit {bit} as 0");
            }
        }
    }

    /// <summary>The tertiary controls have a capability MSR of another kind, 64 bits of what may be 1, where the model has any.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    [Manual("3D", "A.3.4", "Tertiary Processor-Based VM-Execution Controls")]
    public void Each_tertiary_control(string name)
    {
        Assert.True(CpuModelParser.TryParse(name, out CpuModel model, out _));
        using var host = new MachineHost(_ => { }, model);
        host.Vmx.On = true;
        bool exists = VmxCapabilityMsrs.Read(model, 0x492, out ulong capability);
        Assert.Equal(exists, model.VmcsFields.Contains((ulong)VmcsField.TertiaryProcessorBasedControls));
        if (!exists) return;
        for (int bit = 0; bit < 64; bit++)
            Assert.True((capability >> bit & 1) != 0 == IsAccepted(host, VmcsField.TertiaryProcessorBasedControls, 1ul << bit, one: true), $"{model.Name}: tertiary bit {bit}");
    }

    private static bool IsAccepted(MachineHost host, VmcsField field, ulong control, bool one)
    {
        Vmcs vmcs = host.Vmx.Vmcs;
        Everything(host.Processor.Model, vmcs);
        vmcs[field] = one ? vmcs[field] | control : vmcs[field] & ~control;
        if (field == VmcsField.SecondaryProcessorBasedControls && one && control == Exclusive) vmcs[field] &= ~(ulong)SecondaryControls.VirtualizeX2ApicMode;
        host.Vmx.LoadControls();

        // Whatever the control, there is no host state here: that check comes after those of the controls.
        EntryFailure? failure = EntryChecks.OfControls(host.Processor, vmcs);
        return failure is null || failure.Value.Error == VmInstructionError.EntryInvalidHostStateFields;
    }

    /// <summary>Every control that the model has is 1, every address a page of its own, every number small.</summary>
    private static void Everything(CpuModel model, Vmcs vmcs)
    {
        vmcs[VmcsField.PinBasedControls] = (ulong)VmxCapabilities.PinBased(model);
        vmcs[VmcsField.ProcessorBasedControls] = (ulong)VmxCapabilities.ProcessorBased(model);
        vmcs[VmcsField.SecondaryProcessorBasedControls] = (ulong)VmxCapabilities.Secondary(model) & ~Exclusive;
        vmcs[VmcsField.TertiaryProcessorBasedControls] = (ulong)VmxCapabilities.Tertiary(model);
        vmcs[VmcsField.VmExitControls] = (ulong)VmxCapabilities.Exit;
        vmcs[VmcsField.VmEntryControls] = (ulong)VmxCapabilities.Entry;
        vmcs[VmcsField.EptPointer] = MachineHost.EptTables | 3 << 3 | 6;
        vmcs[VmcsField.Vpid] = 1;
        foreach (VmcsField address in (VmcsField[])[
            VmcsField.IoBitmapA, VmcsField.IoBitmapB, VmcsField.MsrBitmaps, VmcsField.VirtualApicAddress, VmcsField.ApicAccessAddress,
            VmcsField.PostedInterruptDescriptorAddress, VmcsField.VirtualizationExceptionInformationAddress, VmcsField.PmlAddress,
            VmcsField.VmreadBitmapAddress, VmcsField.VmwriteBitmapAddress, VmcsField.EptpListAddress, VmcsField.PidPointerTableAddress])
            vmcs[address] = MachineHost.Pages;
    }
}
