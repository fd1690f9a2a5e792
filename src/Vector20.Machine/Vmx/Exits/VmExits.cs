using Vector20.Machine.Events;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>VM exits: guest state to the VMCS, then the host.</summary>
[Manual("3C", "28", "VM Exits")]
internal static class VmExits
{
    private const uint EntryFailureBit = 1u << 31;

    /// <summary>Records an exit that the running operation causes, with the operation's length. Always false: the operation did not complete.</summary>
    public static bool Record(Processor p, in VmExit exit)
    {
        byte length = exit.InstructionLength;
        if (length == 0 && p.RunningOperation is { } operation) length = operation.Length;
        p.Exit = exit with { InstructionLength = length };
        p.StopReason = StopReason.VmExit;
        return false;
    }

    /// <summary>Performs an exit on an instruction boundary. Always true.</summary>
    public static bool Take(Processor p, in VmExit exit)
    {
        p.Exit = exit;
        Perform(p);
        return true;
    }

    /// <summary>
    /// Performs the exit recorded in the processor: saves, leaves non-root operation, and has the host run before the next
    /// instruction. The host does not run inside, so exits during a VM entry do not nest.
    /// </summary>
    public static void Perform(Processor p)
    {
        VmxState vmx = p.Vmx;
        if (p.IretUnblockedNmis) p.Exit = ExitInformation.WithNmiUnblocking(p, p.Exit);
        ExitInformation.Write(p, vmx.Vmcs, p.Exit);
        ResumeFlag.Save(p, p.Exit);
        GuestState.Save(p, vmx.Vmcs, vmx.ExitControls);
        NonRegisterState.Save(p, vmx.Vmcs, vmx.ExitControls);
        vmx.Vmcs[VmcsField.VmEntryInterruptionInformation] &= ~(ulong)InterruptionInformation.ValidBit;
        VmxSteps.Exit(p, p.Exit);
        if (p.Exit.Reason == ExitReason.ExceptionOrNmi && p.Exit.Interruption.Type == EventType.Nmi) p.NmisBlocked = true;
        LeaveGuest(p);
        if (StoreMsrs(p, vmx.Vmcs)) EnterHost(p, vmx.Vmcs);
    }

    /// <summary>The exit of a VM entry that failed on guest state or MSR loading: guest state and MSRs are not saved, but the host's MSRs are loaded.</summary>
    [Manual("3C", "27.8", "VM-Entry Failures During or After Loading Guest State")]
    public static void FailEntry(Processor p, ExitReason reason, ulong qualification, string rule)
    {
        Vmcs vmcs = p.Vmx.Vmcs;
        vmcs[VmcsField.ExitReason] = (ulong)reason | EntryFailureBit;
        vmcs[VmcsField.ExitQualification] = qualification;
        VmxSteps.EntryFailed(p, reason, rule);
        LeaveGuest(p);
        EnterHost(p, vmcs);
    }

    private static bool StoreMsrs(Processor p, Vmcs vmcs) =>
        MsrAreas.Store(p, vmcs[VmcsField.VmExitMsrStoreAddress], vmcs[VmcsField.VmExitMsrStoreCount]) == 0 || VmxAbort.Enter(p, VmxAbortIndicator.SavingGuestMsrs);

    /// <summary>The state of a host in machine code, then the MSRs of its VM-exit MSR-load area.</summary>
    [Manual("3C", "28.5", "Loading Host State")]
    private static void EnterHost(Processor p, Vmcs vmcs)
    {
        if (p.Vmx.On && !HostState.Load(p, vmcs)) return;
        if (MsrAreas.Load(p, vmcs[VmcsField.VmExitMsrLoadAddress], vmcs[VmcsField.VmExitMsrLoadCount]) != 0) VmxAbort.Enter(p, VmxAbortIndicator.LoadingHostMsrs);
    }

    /// <summary>Out of non-root operation: the processor is active, STI and MOV SS block nothing, no debug exception is pending, no address range is monitored. Blocking by NMI stays as it is.</summary>
    [Manual("3C", "28.5.5", "Updating Non-Register State")]
    [Manual("3C", "28.5.6", "Clearing Address-Range Monitoring")]
    private static void LeaveGuest(Processor p)
    {
        p.EndDelivery();
        p.PendingDebugTraps = 0;
        p.MonitorArmed = false;
        p.Shadow = InterruptShadow.None;
        p.Vmx.NonRoot = false;
        p.Vmx.MonitorTrapPending = false;
        p.Vmx.TrapLikeExit = null;
        p.Vmx.PendingApicWrite = -1;
        p.Vmx.VirtualInterruptPending = p.Vmx.TaskSwitchLifted = p.IretUnblockedNmis = false;
        p.Vmx.AssistedMemory = null;
        p.Vmx.PreemptionDeadline = ulong.MaxValue;
        p.Activity = ActivityState.Active;
        p.Vmx.ExitPending = p.Vmx.InHost = !p.Vmx.On;
        p.RequestAttention();
    }
}
