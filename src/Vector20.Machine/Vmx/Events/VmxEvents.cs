using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>
/// What VMX adds between two instructions. <c>EventPriorities</c> asks these functions in the order in which they stand here, each at its place
/// among the events of the manual's priority table; the first that answers true has performed a VM exit.
/// </summary>
[Manual("3C", "26.2", "Other Causes of VM Exits")]
internal static class VmxEvents
{
    /// <summary>Has an exit happen, as a trap, on the next instruction boundary.</summary>
    public static void Pend(Processor p, in VmExit exit)
    {
        p.Vmx.TrapLikeExit = exit;
        p.RequestAttention();
    }

    /// <summary>
    /// Exits that the instruction just completed caused, as traps: APIC write, virtualized EOI, TPR below threshold. Before everything else. The
    /// last may be VM entry's: then it waits until an event ends the shutdown state, and for a guest that waits for SIPI it does not come.
    /// </summary>
    [Manual("3C", "30.4.3.3", "APIC-Write VM Exits")]
    [Manual("3C", "27.7.7", "VM Exits Induced by the TPR Threshold")]
    public static bool TrapLike(Processor p)
    {
        if (!p.Vmx.NonRoot || p.Activity is ActivityState.Shutdown or ActivityState.WaitForSipi) return false;
        ApicWriteEmulation.Perform(p);
        if (p.Vmx.TrapLikeExit is not { } exit) return false;
        p.Vmx.TrapLikeExit = null;
        return VmExits.Take(p, exit);
    }

    /// <summary>Whether INIT signals are blocked, to come later: in root operation, and for a guest that waits for SIPI.</summary>
    [Manual("3C", "24.8", "Restrictions on VMX Operation")]
    [Manual("3C", "27.7.2", "Activity State")]
    public static bool BlocksInit(Processor p) => p.Vmx.NonRoot ? p.Activity == ActivityState.WaitForSipi : p.Vmx.On;

    /// <summary>An INIT signal that is not blocked: it always exits, and the processor stays as it is.</summary>
    public static bool Init(Processor p)
    {
        if (!p.Vmx.NonRoot) return false;
        p.InitPending = false;
        return VmExits.Take(p, new VmExit(ExitReason.InitSignal));
    }

    /// <summary>A start-up IPI in the wait-for-SIPI state; in any other state it is lost.</summary>
    public static bool StartUpIpi(Processor p, byte vector) =>
        p.Vmx.NonRoot && p.Activity == ActivityState.WaitForSipi && VmExits.Take(p, new VmExit(ExitReason.StartUpIpi, vector));

    /// <summary>The monitor trap flag: pending since the instruction, or the injection, before. After INIT and SMI, before debug traps.</summary>
    [Manual("3C", "26.5.2", "Monitor Trap Flag")]
    public static bool MonitorTrap(Processor p)
    {
        if (!p.Vmx.MonitorTrapPending || !p.Vmx.NonRoot) return false;
        p.Vmx.MonitorTrapPending = false;
        return VmExits.Take(p, new VmExit(ExitReason.MonitorTrapFlag));
    }

    /// <summary>An event has reached its handler, whatever its source: the monitor trap flag exits before the handler's first instruction.</summary>
    [Manual("3C", "26.5.2", "Monitor Trap Flag")]
    public static void Delivered(Processor p)
    {
        p.IretUnblockedNmis = false;
        if (p.Vmx.Has(ProcessorBasedControls.MonitorTrapFlag)) p.Vmx.MonitorTrapPending = true;
    }

    /// <summary>The VMX-preemption timer. After debug traps, before the NMI window.</summary>
    [Manual("3C", "26.5.1", "VMX-Preemption Timer")]
    public static bool PreemptionTimer(Processor p) =>
        p.Vmx.Has(PinBasedControls.ActivateVmxPreemptionTimer) && p.Now >= p.Vmx.PreemptionDeadline
        && p.Activity != ActivityState.WaitForSipi && VmExits.Take(p, new VmExit(ExitReason.VmxPreemptionTimerExpired));

    /// <summary>The NMI window: virtual NMIs are not blocked, nor does MOV SS block. Before NMIs.</summary>
    public static bool NmiWindow(Processor p) =>
        p.Vmx.Has(ProcessorBasedControls.NmiWindowExiting) && !p.Vmx.VirtualNmisBlocked && p.Shadow == InterruptShadow.None
        && p.Activity != ActivityState.WaitForSipi && VmExits.Take(p, new VmExit(ExitReason.NmiWindow));

    /// <summary>Whether "blocking by NMI" holds NMIs back: not while virtual NMIs are on, for then it is they that are blocked.</summary>
    [Manual("3C", "26.2", "Other Causes of VM Exits")]
    public static bool NmisBlocked(Processor p) => p.NmisBlocked && !p.Vmx.Has(PinBasedControls.VirtualNmis);

    /// <summary>An NMI that is not blocked: exits under "NMI exiting", which takes it.</summary>
    public static bool Nmi(Processor p)
    {
        if (!p.Vmx.Has(PinBasedControls.NmiExiting)) return false;
        p.NmiPending = false;
        var nmi = new Machine.Events.Event(Machine.Events.EventType.Nmi, 2);
        return VmExits.Take(p, new VmExit(ExitReason.ExceptionOrNmi, Interruption: new InterruptionInformation(nmi)));
    }

    /// <summary>The interrupt window: RFLAGS.IF is 1 and neither STI nor MOV SS blocks. After NMIs, before external interrupts.</summary>
    public static bool InterruptWindow(Processor p) =>
        p.Vmx.Has(ProcessorBasedControls.InterruptWindowExiting) && (p.SystemFlags & Eflags.IF) != 0 && p.Shadow == InterruptShadow.None
        && p.Activity is ActivityState.Active or ActivityState.Hlt && VmExits.Take(p, new VmExit(ExitReason.InterruptWindow));

    /// <summary>A virtual interrupt, with the interrupt window's priority.</summary>
    public static bool VirtualInterrupt(Processor p) => p.Vmx.VirtualInterruptPending && VirtualInterrupts.Deliver(p);

    /// <summary>Whether external interrupts exit: then RFLAGS.IF does not hold them back.</summary>
    public static bool InterruptsExit(Processor p) => p.Vmx.Has(PinBasedControls.ExternalInterruptExiting);

    /// <summary>Whether the exit acknowledges the interrupt controller; else the interrupt stays pending there.</summary>
    public static bool AcknowledgesInterrupts(Processor p) => (p.Vmx.ExitControls & VmExitControls.AcknowledgeInterruptOnExit) != 0;

    /// <summary>The exit due to an external interrupt, unless it is the notification that virtual interrupts were posted.</summary>
    /// <param name="p">The processor.</param>
    /// <param name="acknowledged">The vector that the interrupt controller gave, if <see cref="AcknowledgesInterrupts"/>.</param>
    public static bool ExternalInterrupt(Processor p, byte? acknowledged)
    {
        if (acknowledged is { } posted && PostedInterrupts.IsNotification(p, posted))
        {
            PostedInterrupts.Process(p);
            return true;
        }

        InterruptionInformation information = default;
        if (acknowledged is { } vector) information = new(new Machine.Events.Event(Machine.Events.EventType.ExternalInterrupt, vector));
        return VmExits.Take(p, new VmExit(ExitReason.ExternalInterrupt, Interruption: information));
    }

    /// <summary>A triple fault.</summary>
    public static bool TripleFault(Processor p) => p.Vmx.NonRoot && VmExits.Take(p, new VmExit(ExitReason.TripleFault));
}
