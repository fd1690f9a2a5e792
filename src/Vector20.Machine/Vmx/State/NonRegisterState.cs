using Vector20.Machine.Events;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>Activity, interruptibility and pending debug exceptions between the processor and the guest-state area.</summary>
[Manual("3C", "25.4.2", "Guest Non-Register State")]
internal static class NonRegisterState
{
    /// <summary>Bit 12 of the pending debug exceptions: a breakpoint that DR7 enables was met.</summary>
    public const ulong EnabledBreakpoint = 1ul << 12;

    /// <summary>Bits of the pending-debug-exceptions field that must be 0 without bus-lock detection and RTM: all but B0-B3, 12 and BS.</summary>
    public const ulong ReservedPending = ~(Dr6.BreakpointMask | EnabledBreakpoint | Dr6.BS);

    /// <summary>Saves the state, as a VM exit does.</summary>
    [Manual("3C", "28.3.4", "Saving Non-Register State")]
    public static void Save(Processor p, Vmcs vmcs, VmExitControls controls)
    {
        vmcs[VmcsField.GuestActivityState] = (ulong)p.Activity;
        vmcs[VmcsField.GuestInterruptibilityState] = (ulong)Interruptibility(p);
        vmcs[VmcsField.GuestPendingDebugExceptions] = KeepsPending(p) ? PendingDebugExceptions(p) : 0;
        if ((controls & VmExitControls.SaveVmxPreemptionTimerValue) != 0) vmcs[VmcsField.VmxPreemptionTimerValue] = VmxClock.TimerValue(p);
    }

    /// <summary>Loads the state, as a VM entry does after its checks.</summary>
    [Manual("3C", "27.7.1", "Interruptibility State")]
    [Manual("3C", "27.7.2", "Activity State")]
    public static void Load(Processor p, Vmcs vmcs)
    {
        var blocking = (InterruptibilityState)vmcs[VmcsField.GuestInterruptibilityState];
        bool nmi = (blocking & InterruptibilityState.BlockingByNmi) != 0, isVirtual = (p.Vmx.PinBased & PinBasedControls.VirtualNmis) != 0;
        p.Activity = (ActivityState)vmcs[VmcsField.GuestActivityState];
        p.Shadow = (blocking & InterruptibilityState.BlockingByMovSs) != 0 ? InterruptShadow.MovSs
            : (blocking & InterruptibilityState.BlockingBySti) != 0 ? InterruptShadow.Sti : InterruptShadow.None;
        p.NmisBlocked = nmi && !isVirtual;
        p.Vmx.VirtualNmisBlocked = nmi && isVirtual;
        ulong pending = vmcs[VmcsField.GuestPendingDebugExceptions];
        p.PendingDebugTraps = (pending & (EnabledBreakpoint | Dr6.BS)) == 0 ? 0 : pending & (Dr6.BreakpointMask | Dr6.BS);
    }

    private static InterruptibilityState Interruptibility(Processor p)
    {
        InterruptibilityState state = p.Shadow switch
        {
            InterruptShadow.Sti => InterruptibilityState.BlockingBySti,
            InterruptShadow.MovSs => InterruptibilityState.BlockingByMovSs,
            _ => InterruptibilityState.None,
        };
        bool nmi = (p.Vmx.PinBased & PinBasedControls.VirtualNmis) != 0 ? p.Vmx.VirtualNmisBlocked : p.NmisBlocked;
        return nmi ? state | InterruptibilityState.BlockingByNmi : state;
    }

    /// <summary>Exits between two instructions, before debug traps, leave them pending, and so does MOV SS; any other exit loses them.</summary>
    [Manual("3C", "28.3.4", "Saving Non-Register State")]
    private static bool KeepsPending(Processor p) => p.Exit.Reason switch
    {
        ExitReason.InitSignal or ExitReason.TprBelowThreshold or ExitReason.VirtualizedEoi or ExitReason.ApicWrite or ExitReason.MonitorTrapFlag => true,
        ExitReason.ExceptionOrNmi when p.Exit.Interruption is { Vector: (byte)ExceptionVector.Debug, Type: not EventType.Nmi } => false,
        _ => p.Shadow == InterruptShadow.MovSs,
    };

    /// <summary>Pending traps that the exit leaves undelivered: bit 12 says that DR7 enables one of the breakpoints met.</summary>
    private static ulong PendingDebugExceptions(Processor p)
    {
        ulong pending = p.PendingDebugTraps & (Dr6.BreakpointMask | Dr6.BS);
        for (int i = 0; i < 4; i++)
            if ((pending >> i & 1) != 0 && (p.DebugControl >> (2 * i) & 3) != 0) pending |= EnabledBreakpoint;
        return pending;
    }
}
