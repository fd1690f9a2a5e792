using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Vmx;

/// <summary>Each rule on the control fields: a VMCS that keeps it enters, one that breaks it fails with VMfail and the rule's own words.</summary>
[Manual("3C", "27.2.1.1", "VM-Execution Control Fields")]
[Manual("3C", "27.2.1.2", "VM-Exit Control Fields")]
[Manual("3C", "27.2.1.3", "VM-Entry Control Fields")]
[Manual("3C", "27.2", "Checks on VMX Controls and Host-State Area")]
public class EntryControlCheckTests
{
    private const ulong Page = VmxGuest.HostPages, Unaligned = VmxGuest.HostPages + 8, TooHigh = 1ul << 52;
    private const SecondaryControls Ept = SecondaryControls.EnableEpt;

    /// <summary>The words of the rule, what keeps it, and what, done after that, breaks it.</summary>
    private static readonly (string Rule, Action<Vmcs> Keep, Action<Vmcs> Break)[] s_rules =
    [
        ("a reserved pin-based control is set wrong", _ => { }, v => v[VmcsField.PinBasedControls] &= ~2ul),
        ("a reserved pin-based control is set wrong", _ => { }, v => v[VmcsField.PinBasedControls] |= 1ul << 31),
        ("a reserved primary processor-based control is set wrong", _ => { }, v => v[VmcsField.ProcessorBasedControls] &= ~2ul),
        ("a reserved primary processor-based control is set wrong", _ => { }, v => v[VmcsField.ProcessorBasedControls] |= 1),
        ("a reserved secondary processor-based control is 1", _ => { }, v => v[VmcsField.SecondaryProcessorBasedControls] |= 1ul << 21),
        ("the CR3-target count is greater than 4", v => v[VmcsField.Cr3TargetCount] = 4, v => v[VmcsField.Cr3TargetCount] = 5),
        ("an I/O-bitmap address is not a page's", v => { v.Set(ProcessorBasedControls.UseIoBitmaps); v[VmcsField.IoBitmapA] = Page; }, v => v[VmcsField.IoBitmapB] = Unaligned),
        ("the MSR-bitmap address is not a page's", v => v.Set(ProcessorBasedControls.UseMsrBitmaps), v => v[VmcsField.MsrBitmaps] = TooHigh),
        ("virtual NMIs without NMI exiting", v => v.Set(PinBasedControls.NmiExiting | PinBasedControls.VirtualNmis), v => v[VmcsField.PinBasedControls] &= ~(ulong)PinBasedControls.NmiExiting),
        ("NMI-window exiting without virtual NMIs", v => { v.Set(PinBasedControls.NmiExiting | PinBasedControls.VirtualNmis); v.Set(ProcessorBasedControls.NmiWindowExiting); },
            v => v[VmcsField.PinBasedControls] &= ~(ulong)PinBasedControls.VirtualNmis),
        ("APIC virtualization without the TPR shadow", v => { TprShadow(v); v.Set(SecondaryControls.VirtualizeX2ApicMode); },
            v => v[VmcsField.ProcessorBasedControls] &= ~(ulong)ProcessorBasedControls.UseTprShadow),
        ("the virtual-APIC address is not a page's", TprShadow, v => v[VmcsField.VirtualApicAddress] = Unaligned),
        ("bits 31:4 of the TPR threshold are not 0", TprShadow, v => v[VmcsField.TprThreshold] = 16),
        ("the TPR threshold is above the virtual TPR", TprShadow, v => v[VmcsField.TprThreshold] = 1),
        ("the APIC-access address is not a page's", v => { v.Set(SecondaryControls.VirtualizeApicAccesses); v[VmcsField.ApicAccessAddress] = Page; }, v => v[VmcsField.ApicAccessAddress] = Unaligned),
        ("x2APIC mode and APIC accesses are both virtualized", v => { TprShadow(v); v.Set(SecondaryControls.VirtualizeX2ApicMode); }, v => v.Set(SecondaryControls.VirtualizeApicAccesses)),
        ("virtual-interrupt delivery without external-interrupt exiting",
            v => { TprShadow(v); v.Set(SecondaryControls.VirtualInterruptDelivery); v.Set(PinBasedControls.ExternalInterruptExiting); },
            v => v[VmcsField.PinBasedControls] &= ~(ulong)PinBasedControls.ExternalInterruptExiting),
        ("posted interrupts without virtual-interrupt delivery", Posted, v => v[VmcsField.SecondaryProcessorBasedControls] &= ~(ulong)SecondaryControls.VirtualInterruptDelivery),
        ("posted interrupts without acknowledging interrupts on exit", Posted, v => v[VmcsField.VmExitControls] &= ~(ulong)VmExitControls.AcknowledgeInterruptOnExit),
        ("the posted-interrupt notification vector is above 255", Posted, v => v[VmcsField.PostedInterruptNotificationVector] = 256),
        ("the posted-interrupt descriptor is misplaced", Posted, v => v[VmcsField.PostedInterruptDescriptorAddress] = Unaligned),
        ("the VPID is 0", v => { v.Set(SecondaryControls.EnableVpid); v[VmcsField.Vpid] = 1; }, v => v[VmcsField.Vpid] = 0),
        ("the virtualization-exception information address is not a page's", v => { v.Set(SecondaryControls.EptViolationVe); v[VmcsField.VirtualizationExceptionInformationAddress] = Page; },
            v => v[VmcsField.VirtualizationExceptionInformationAddress] = Unaligned),
        ("the virtualization-exception information address is not a page's", v => v.Set(SecondaryControls.EptViolationVe), v => v[VmcsField.VirtualizationExceptionInformationAddress] = TooHigh),
        ("a control that needs EPT without EPT", v => v.Set(SecondaryControls.UnrestrictedGuest), v => v[VmcsField.SecondaryProcessorBasedControls] &= ~(ulong)Ept),
        ("a control that needs EPT without EPT", v => { v.Set(SecondaryControls.EnablePml); v[VmcsField.SecondaryProcessorBasedControls] &= ~(ulong)SecondaryControls.UnrestrictedGuest; },
            v => v[VmcsField.SecondaryProcessorBasedControls] &= ~(ulong)Ept),
        ("the PML address is not a page's", v => v.Set(SecondaryControls.EnablePml), v => v[VmcsField.PmlAddress] = Unaligned),
        ("the VMREAD- or VMWRITE-bitmap address is not a page's", Shadowing, v => v[VmcsField.VmreadBitmapAddress] = Unaligned),
        ("the VMREAD- or VMWRITE-bitmap address is not a page's", Shadowing, v => v[VmcsField.VmwriteBitmapAddress] = TooHigh),
        ("the EPT pointer is invalid", _ => { }, v => v[VmcsField.EptPointer] ^= 1),
        ("the EPT pointer is invalid", _ => { }, v => v[VmcsField.EptPointer] ^= 3 << 3),
        ("the EPT pointer is invalid", v => v[VmcsField.EptPointer] |= 1 << 6, v => v[VmcsField.EptPointer] |= 1 << 8),
        ("a reserved VM-function control is 1", v => v.Set(SecondaryControls.EnableVmFunctions), v => v[VmcsField.VmFunctionControls] = 2),
        ("the EPTP-list address is not a page's", v => { v.Set(SecondaryControls.EnableVmFunctions); v[VmcsField.VmFunctionControls] = 1; }, v => v[VmcsField.EptpListAddress] = Unaligned),
        ("EPTP switching without EPT", v => { v.Set(SecondaryControls.EnableVmFunctions); v[VmcsField.VmFunctionControls] = 1; v[VmcsField.EptpListAddress] = Page; },
            v => v[VmcsField.SecondaryProcessorBasedControls] &= ~(ulong)(Ept | SecondaryControls.UnrestrictedGuest)),
        ("a reserved VM-exit control is set wrong", _ => { }, v => v[VmcsField.VmExitControls] &= ~1ul),
        ("the VMX-preemption timer is saved but not active", v => { v.Set(VmExitControls.SaveVmxPreemptionTimerValue); v.Set(PinBasedControls.ActivateVmxPreemptionTimer); v[VmcsField.VmxPreemptionTimerValue] = 1000; },
            v => v[VmcsField.PinBasedControls] &= ~(ulong)PinBasedControls.ActivateVmxPreemptionTimer),
        ("the VM-exit MSR-store area is misplaced", v => v[VmcsField.VmExitMsrStoreAddress] = Unaligned, v => v[VmcsField.VmExitMsrStoreCount] = 1),
        ("the VM-exit MSR-load area is misplaced", v => v[VmcsField.VmExitMsrLoadAddress] = TooHigh, v => v[VmcsField.VmExitMsrLoadCount] = 1),
        ("a reserved VM-entry control is set wrong", _ => { }, v => v.Set(VmEntryControls.EntryToSmm)),
        ("the VM-entry MSR-load area is misplaced", v => v[VmcsField.VmEntryMsrLoadAddress] = Unaligned, v => v[VmcsField.VmEntryMsrLoadCount] = 1),
        ("reserved bits of the VM-entry interruption information are not 0", v => Inject(v, EventType.SoftwareInterrupt, 32), v => v[VmcsField.VmEntryInterruptionInformation] |= 1 << 12),
        ("interruption type 1 is reserved", v => Inject(v, EventType.SoftwareInterrupt, 32), v => Inject(v, (EventType)1, 32)),
        ("an injected NMI has a vector other than 2", v => Inject(v, EventType.Nmi, 2), v => Inject(v, EventType.Nmi, 3)),
        ("an injected hardware exception has a vector above 31", v => Inject(v, EventType.HardwareException, 31), v => Inject(v, EventType.HardwareException, 32)),
        ("an injected MTF VM exit has a vector other than 0", _ => { }, v => Inject(v, EventType.Other, 1)),
        ("the injected exception lacks its error code", v => Inject(v, EventType.HardwareException, 13, true), v => Inject(v, EventType.HardwareException, 13)),
        ("the injected event has no error code to deliver", v => Inject(v, EventType.HardwareException, 20), v => Inject(v, EventType.HardwareException, 20, true)),
        ("the injected event has no error code to deliver", v => Inject(v, EventType.SoftwareInterrupt, 13), v => Inject(v, EventType.SoftwareInterrupt, 13, true)),
        ("bits 31:16 of the VM-entry exception error code are not 0", v => Inject(v, EventType.HardwareException, 13, true), v => v[VmcsField.VmEntryExceptionErrorCode] = 0x1_0000),
        ("the VM-entry instruction length is above 15", v => { Inject(v, EventType.SoftwareInterrupt, 32); v[VmcsField.VmEntryInstructionLength] = 15; }, v => v[VmcsField.VmEntryInstructionLength] = 16),
    ];

    /// <summary>The rules that are tested here.</summary>
    internal static IEnumerable<string> RuleWords => s_rules.Select(row => row.Rule);

    public static TheoryData<int> Rules => [.. Enumerable.Range(0, s_rules.Length)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_VMCS_that_keeps_the_rule_enters(int rule)
    {
        using VmxGuest guest = VmxGuest.Run(a => a.nop(), s_rules[rule].Keep);
        Assert.Empty(guest.Failures);
        Assert.Null(guest.Processor.Vmx.FailedRule);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    [Manual("3C", "31.2", "Conventions")]
    [Manual("3C", "31.4", "VM Instruction Error Numbers")]
    public void A_VMCS_that_breaks_the_rule_fails(int rule)
    {
        using VmxGuest guest = VmxGuest.Run(a => a.nop(), s_rules[rule].Keep + s_rules[rule].Break);
        Assert.Equal([s_rules[rule].Rule], guest.Failures);
        Assert.Empty(guest.Exits);
        Assert.Equal((ulong)VmInstructionError.EntryInvalidControlFields, guest.Vmcs[VmcsField.VmInstructionError]);
        Assert.False(guest.Processor.Vmx.NonRoot);
    }

    [Fact]
    public void In_real_address_mode_an_exception_is_injected_without_its_error_code()
    {
        using VmxGuest without = VmxGuest.Run(a => a.nop(), v => Inject(v, EventType.HardwareException, 13), new GuestBuilder(GuestMode.Real));
        Assert.Empty(without.Failures);
        using VmxGuest with = VmxGuest.Run(a => a.nop(), v => Inject(v, EventType.HardwareException, 13, true), new GuestBuilder(GuestMode.Real));
        Assert.Equal(["the injected event has no error code to deliver"], with.Failures);
    }

    private static void Shadowing(Vmcs vmcs) => vmcs.Set(SecondaryControls.VmcsShadowing);

    private static void TprShadow(Vmcs vmcs)
    {
        vmcs.Set(ProcessorBasedControls.UseTprShadow);
        vmcs[VmcsField.VirtualApicAddress] = Page;
    }

    private static void Posted(Vmcs vmcs)
    {
        TprShadow(vmcs);
        vmcs.Set(SecondaryControls.VirtualInterruptDelivery);
        vmcs.Set(PinBasedControls.ExternalInterruptExiting | PinBasedControls.ProcessPostedInterrupts);
        vmcs.Set(VmExitControls.AcknowledgeInterruptOnExit);
        vmcs[VmcsField.PostedInterruptNotificationVector] = 255;
        vmcs[VmcsField.PostedInterruptDescriptorAddress] = Page + 0x40;
    }

    private static void Inject(Vmcs vmcs, EventType type, byte vector, bool errorCode = false)
    {
        vmcs[VmcsField.VmEntryInterruptionInformation] = new Event(type, vector, errorCode).InterruptionInformation;
        vmcs[VmcsField.VmEntryInstructionLength] = 2;
    }
}
