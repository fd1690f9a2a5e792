using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx.Root;

/// <summary>VMLAUNCH and VMRESUME: the checks that come before any look at the VMCS's fields, and the launch state.</summary>
[Manual("3C", "27.1", "Basic VM-Entry Checks")]
[Manual("3C", "31.3", "VMLAUNCH/VMRESUME—Launch/Resume Virtual Machine")]
[Manual("3C", "31.4", "VM Instruction Error Numbers")]
public class LaunchTests
{
    [Fact]
    public void Without_a_current_VMCS_both_fail_with_VMfailInvalid()
    {
        foreach (bool launch in (bool[])[true, false])
        {
            using MachineHost host = MachineHost.Run(c => Enter(c.On(), launch));
            Assert.True(host.FailedInvalid);
        }
    }

    [Fact]
    public void With_a_shadow_VMCS_both_fail_with_VMfailInvalid()
    {
        foreach (bool launch in (bool[])[true, false])
        {
            using var host = new MachineHost(c => Enter(c.WithVmcs(), launch));
            host.Memory.Write(new PhysicalAddress(MachineHost.Region), VmxCapabilities.RevisionIdentifier | 1u << 31);
            Assert.True(host.Run().FailedInvalid);
        }
    }

    [Fact]
    public void VMRESUME_of_a_clear_VMCS_fails()
    {
        using MachineHost host = MachineHost.Run(c => Enter(c.WithVmcs(), launch: false));
        Assert.True(host.FailedValid);
        Assert.Equal(VmInstructionError.VmresumeNonLaunchedVmcs, host.Error);
    }

    [Fact]
    public void VMLAUNCH_of_a_launched_VMCS_fails_until_VMCLEAR()
    {
        using MachineHost again = MachineHost.Run(HostCode.Whole(_ => { }, c => c.A.vmlaunch()));
        again.AssertFinished();
        Assert.True(again.FailedValid);
        Assert.Equal(VmInstructionError.VmlaunchNonClearVmcs, again.Error);
        using MachineHost cleared = MachineHost.Run(HostCode.Whole(_ => { }, c =>
        {
            c.Clear(MachineHost.Region).Use(MachineHost.Region);
            c.A.vmresume();
        }));
        Assert.Equal(VmInstructionError.VmresumeNonLaunchedVmcs, cleared.Error);
    }

    [Fact]
    public void The_launch_state_goes_to_memory_with_its_VMCS()
    {
        using MachineHost host = MachineHost.Run(HostCode.Whole(_ => { }, c =>
        {
            c.Clear(MachineHost.OtherRegion).Use(MachineHost.OtherRegion).Use(MachineHost.Region);
            c.A.vmlaunch();
        }));
        Assert.Equal(VmInstructionError.VmlaunchNonClearVmcs, host.Error);
    }

    [Fact]
    public void Blocking_by_MOV_SS_fails_before_the_launch_state_is_looked_at()
    {
        using MachineHost host = MachineHost.Run(c =>
        {
            c.WithVmcs();
            c.A.mov(eax, ss);
            c.A.mov(ss, eax);
            c.A.vmresume();
        });
        Assert.True(host.FailedValid);
        Assert.Equal(VmInstructionError.EntryEventsBlockedByMovSs, host.Error);
    }

    [Fact]
    public void A_control_that_is_wrong_fails_with_error_7_and_changes_nothing_else()
    {
        using MachineHost host = MachineHost.Run(HostCode.Whole(_ => { }, _ => { }, f => f[VmcsField.PinBasedControls] = 0));
        host.AssertFinished();
        Assert.True(host.FailedValid);
        Assert.Equal(VmInstructionError.EntryInvalidControlFields, host.Error);
        Assert.False(host.Vmx.Vmcs.Launched);
        Assert.Equal(0ul, host.Vmx.Vmcs[VmcsField.ExitReason]);
    }

    [Fact]
    public void A_single_step_of_VMLAUNCH_is_lost_in_the_guest()
    {
        using MachineHost host = MachineHost.Run(HostCode.Whole(_ => { }, c => c.LogField(VmcsField.ExitReason)));
        host.AssertFinished();
        using var stepped = new MachineHost(HostCode.Whole(_ => { }, c => c.LogField(VmcsField.ExitReason)));
        while (!stepped.Vmx.On || stepped.Vmx.Vmcs[VmcsField.HostRip] == 0) stepped.Guest.Run(1);
        stepped.Guest.Run(1);
        stepped.Processor.SystemFlags |= Eflags.TF;
        stepped.Processor.RequestAttention();
        Assert.Equal((ulong)ExitReason.Vmcall, stepped.Run()[0]);
    }

    private static void Enter(HostCode c, bool launch)
    {
        if (launch) c.A.vmlaunch();
        else c.A.vmresume();
    }
}
