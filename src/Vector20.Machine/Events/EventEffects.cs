using Vector20.Machine.Processors;

namespace Vector20.Machine.Events;

/// <summary>What an event changes beside the stack and the instruction pointer, before it is delivered. VM-entry injection changes none of it.</summary>
[Manual("3C", "27.6.1.1", "Details of Vectored-Event Injection")]
internal static class EventEffects
{
    /// <summary>An event that is not intercepted arrives: CR2, DR6 and DR7, blocking of NMIs. That its IRET unblocked them is of no more interest.</summary>
    public static void Arrive(Processor p, Event e)
    {
        p.IretUnblockedNmis = false;
        if (e.Source == EventSource.Injection) return;
        if (e.Is(ExceptionVector.PageFault)) p.ControlRegister2 = e.Payload;
        else if (e.Type == EventType.Nmi) p.NmisBlocked = true;
        else if (e.Vector == (byte)ExceptionVector.Debug && e.Type is EventType.HardwareException or EventType.PrivilegedSoftwareException) EnterDebug(p, e);
    }

    /// <summary>RFLAGS as it is pushed: with RF set by faults, so that their instruction restarts without meeting its breakpoint again.</summary>
    [Manual("3B", "18.3.1.1", "Instruction-Breakpoint Exception Condition")]
    public static ulong PushedFlags(Processor p, Event e) =>
        e.Source != EventSource.Injection && IsFault(e) ? p.Rflags | Eflags.RF : p.Rflags;

    /// <summary>
    /// Hardware exceptions are faults, but for #DB: of its conditions general detect alone is a fault that sets RF (an instruction
    /// breakpoint leaves it to the handler).
    /// </summary>
    private static bool IsFault(Event e) =>
        e.Type == EventType.HardwareException && (e.Vector != (byte)ExceptionVector.Debug || (e.Payload & Dr6.BD) != 0);

    /// <summary>DR6 gets the conditions met, the breakpoints of earlier exceptions go; general detect goes off so that the handler may use the debug registers.</summary>
    [Manual("3B", "18.2.3", "Debug Status Register (DR6)")]
    private static void EnterDebug(Processor p, Event e)
    {
        if (e.Type == EventType.HardwareException) p.DebugStatus = p.DebugStatus & ~Dr6.BreakpointMask | e.Payload;
        p.DebugControl &= ~Dr7.GD;
    }
}
