using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>VM entries: controls and guest state are checked and loaded, then an event is injected. Of a host in machine code <see cref="GuestLaunch"/> makes the first checks.</summary>
[Manual("3C", "27", "VM Entries")]
internal static class VmEntry
{
    /// <summary>Has the processor enter the guest of its current VMCS when its turn comes, before anything else.</summary>
    public static void Request(Processor p)
    {
        p.Vmx.Stay = false;
        p.Vmx.InHost = true;
        p.Activity = ActivityState.Active;
        p.RequestAttention();
    }

    /// <summary>
    /// Has the host handle the exit that happened last, and enters the guest again. Each round but the first costs one tick, so that a guest that
    /// exits on entry does not stop the clock. False: the processor executes nothing now, for the host stays, the turn or the run is over.
    /// </summary>
    public static bool EnterGuest(Processor p)
    {
        VmxState vmx = p.Vmx;
        if (vmx.On)
        {
            vmx.InHost = false;
            Enter(p);
            return !p.Ended;
        }

        while (true)
        {
            if (vmx.ExitPending) HandleExit(p);
            if (p.Ended || vmx.Stay) return false;
            Perform(p);
            if (!vmx.InHost) return true;
            if (++p.Ticks >= p.Deadline) return false;
        }
    }

    /// <summary>Enters the guest of a host in C#, once. When it fails, or the injection exits, an exit or a VMfail is pending for the host.</summary>
    private static void Perform(Processor p)
    {
        p.Vmx.LoadControls();
        if (EntryChecks.OfControls(p, p.Vmx.Vmcs) is { } failure) Fail(p, failure);
        else Enter(p);
    }

    /// <summary>What follows the checks of controls and host state. A failure is a VM exit.</summary>
    private static void Enter(Processor p)
    {
        VmxState vmx = p.Vmx;
        Vmcs vmcs = vmx.Vmcs;
        if (EntryChecks.OfGuestState(p, vmcs, out ulong qualification) is { } rule)
        {
            vmx.FailedRule = rule;
            VmExits.FailEntry(p, ExitReason.EntryFailureInvalidGuestState, qualification, rule);
            return;
        }

        vmx.FailedRule = null;
        vmx.NonRoot = true;
        vmx.InHost = false;
        p.MonitorArmed = false;
        GuestState.Load(p, vmcs, vmx.EntryControls);
        if (vmx.On) p.TranslateFor(guest: true);
        ulong failed = MsrAreas.Load(p, vmcs[VmcsField.VmEntryMsrLoadAddress], vmcs[VmcsField.VmEntryMsrLoadCount]);
        if (failed != 0)
        {
            VmExits.FailEntry(p, ExitReason.EntryFailureMsrLoading, failed, "an MSR of the VM-entry MSR-load area cannot be loaded");
            return;
        }

        vmcs.Launched = true;
        NonRegisterState.Load(p, vmcs);
        if (!vmx.On) InvalidateTranslations(p);
        VmxClock.StartTimer(p);
        VirtualTaskPriority.AtEntry(p);
        if (vmx.Has(SecondaryControls.VirtualInterruptDelivery)) VirtualInterrupts.PriorityChanged(p);
        p.RequestAttention();
        VmxSteps.Entry(p);
        AssistedAccess.Begin(p);
        Injection.Perform(p, vmcs);
    }

    private static void HandleExit(Processor p)
    {
        VmxState vmx = p.Vmx;
        vmx.ExitPending = false;
        if (vmx.Handler is not { } handler)
        {
            p.Unsupported("a VM exit without a host");
            p.Ended = true;
            return;
        }

        string? failed = vmx.FailedControl;
        vmx.FailedControl = null;
        if (failed is null) handler.OnVmExit(p);
        else handler.OnVmFail(p, failed);
        if (vmx.Stay) p.Activity = ActivityState.Hlt;
    }

    /// <summary>VMfailValid: nothing but the VM-instruction error changes.</summary>
    [Manual("3C", "31.2", "Conventions")]
    private static void Fail(Processor p, EntryFailure failure)
    {
        VmxSteps.EntryFailed(p, failure);
        p.Vmx.Vmcs[VmcsField.VmInstructionError] = (ulong)failure.Error;
        p.Vmx.FailedControl = failure.Rule;
        p.Vmx.ExitPending = true;
    }

    /// <summary>Without VPIDs an entry invalidates every translation; with them those made with other controls are not used.</summary>
    [Manual("3C", "27.3.2.5", "Updating Non-Register State")]
    [Manual("3C", "29.4.3.1", "Operations that Invalidate Cached Mappings")]
    private static void InvalidateTranslations(Processor p)
    {
        if (!TranslationContext.Of(p).Keeps(p.TranslatedIn)) p.FlushTlb();
    }
}
