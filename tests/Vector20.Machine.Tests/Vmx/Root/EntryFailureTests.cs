using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Msrs;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Vmx.Root;

/// <summary>A VM entry that fails once controls and host state were found good: the host gets a VM exit whose reason has bit 31.</summary>
[Manual("3C", "27.8", "VM-Entry Failures During or After Loading Guest State")]
public class EntryFailureTests
{
    private const ulong Failure = 1ul << 31;
    private const ulong ShadowRegion = MachineHost.Pages + 0x1000;
    private const string AnotherRevision = "the VMCS that the link pointer references has another revision identifier", Current = "the VMCS link pointer references the current VMCS",
        Shadow = "the VMCS link pointer references a shadow VMCS without VMCS shadowing, or no shadow VMCS with it";

    /// <summary>The rules that are tested here alone: a host in C# has no regions.</summary>
    internal static IEnumerable<string> RuleWords => [Current, Shadow];

    [Fact]
    public void Wrong_guest_state_loads_host_state_and_leaves_the_VMCS_clear()
    {
        using MachineHost host = MachineHost.Run(HostCode.Whole(_ => { }, LogFailure, f =>
        {
            f[VmcsField.GuestRflags] = 0;
            f[VmcsField.HostSysenterCs] = 0x77;
        }));
        host.AssertFinished();
        Assert.Equal([Failure | (ulong)ExitReason.EntryFailureInvalidGuestState, 0ul], [host[0], host[1]]);
        Assert.False(host.Vmx.Vmcs.Launched);
        Assert.Equal(0x77ul, host.Processor.Msrs[Msr.SysenterCs]);
        Assert.Equal("a reserved bit of RFLAGS is set wrong", host.Vmx.FailedRule);
    }

    [Fact]
    public void The_injected_event_stays_in_its_field_and_guest_state_is_not_saved()
    {
        const ulong Injected = 0x8000_0300 | 6;
        using MachineHost host = MachineHost.Run(HostCode.Whole(_ => { }, LogFailure, f =>
        {
            f[VmcsField.GuestRflags] = 0;
            f[VmcsField.VmEntryInterruptionInformation] = Injected;
        }));
        Assert.Equal(Injected, host.Vmx.Vmcs[VmcsField.VmEntryInterruptionInformation]);
        Assert.Equal(0ul, host.Vmx.Vmcs[VmcsField.GuestRflags]);
    }

    [Theory]
    [InlineData(MachineHost.Pages, AnotherRevision)]
    [InlineData(MachineHost.Region, Current)]
    [InlineData(ShadowRegion, Shadow)]
    [InlineData(MachineHost.OtherRegion, null)]
    [Manual("3C", "27.3.1.5", "Checks on Guest Non-Register State")]
    public void The_link_pointer_references_another_VMCS(ulong pointer, string? rule)
    {
        using var host = new MachineHost(HostCode.Whole(_ => { }, LogFailure, f => f[VmcsField.VmcsLinkPointer] = pointer));
        host.Memory.Write(new PhysicalAddress(ShadowRegion), VmxCapabilities.RevisionIdentifier | 1u << 31);
        host.Run().AssertFinished();
        Assert.Equal(rule, host.Vmx.FailedRule);
        Assert.Equal(rule is null ? (ulong)ExitReason.Vmcall : Failure | (ulong)ExitReason.EntryFailureInvalidGuestState, host[0]);
        if (rule is not null) Assert.Equal(4ul, host[1]);
    }

    [Fact]
    [Manual("3C", "27.4", "Loading MSRs")]
    public void An_MSR_that_cannot_be_loaded_is_numbered_and_leaves_the_VMCS_clear()
    {
        using var host = new MachineHost(HostCode.Whole(_ => { }, LogFailure, f =>
        {
            f[VmcsField.VmEntryMsrLoadAddress] = MachineHost.Pages;
            f[VmcsField.VmEntryMsrLoadCount] = 2;
        }));
        host.Memory.Write(new PhysicalAddress(MachineHost.Pages), (ulong)Msr.KernelGsBase);
        host.Memory.Write(new PhysicalAddress(MachineHost.Pages + 16), (ulong)Msr.FsBase);
        host.Run().AssertFinished();
        Assert.Equal([Failure | (ulong)ExitReason.EntryFailureMsrLoading, 2ul], [host[0], host[1]]);
        Assert.False(host.Vmx.Vmcs.Launched);
        Assert.False(host.Vmx.NonRoot);
    }

    [Theory]
    [InlineData(VmcsField.HostCsSelector, 0ul, "the host's CS or TR selector is null", (ulong)VmInstructionError.EntryInvalidHostStateFields)]
    [InlineData(VmcsField.PinBasedControls, 0ul, "a reserved pin-based control is set wrong", (ulong)VmInstructionError.EntryInvalidControlFields)]
    [InlineData(VmcsField.GuestRflags, 0ul, "a reserved bit of RFLAGS is set wrong", (ulong)ExitReason.EntryFailureInvalidGuestState)]
    [Manual("3C", "27.2", "Checks on VMX Controls and Host-State Area")]
    [Manual("3C", "27.3", "Checking and Loading Guest State")]
    public void An_observer_is_told_which_rule_the_VMCS_breaks(VmcsField field, ulong value, string rule, ulong number)
    {
        using var host = new MachineHost(HostCode.Whole(_ => { }, _ => { }, f => f[field] = value));
        var recorder = new EventRecorder();
        host.Guest.Computer.EventObserver = recorder;
        host.Run().AssertFinished();
        EventStep step = Assert.Single(recorder.Steps, step => step.Kind == EventStepKind.EntryFailed);
        Assert.Equal((rule, number), (step.Why, step.Value));
    }

    private static void LogFailure(HostCode c) => c.LogField(VmcsField.ExitReason).LogField(VmcsField.ExitQualification);
}
