namespace Vector20.Machine.Events;

/// <summary>The rule that decided whether VMX intercepts an event.</summary>
public enum InterceptionRule : byte
{
    /// <summary>VM entry injects it: never intercepted.</summary>
    Injected,

    /// <summary>An external interrupt: the exception bitmap is not consulted ('external-interrupt exiting' was, before it was acknowledged).</summary>
    ExternalInterrupt,

    /// <summary>INT n: the exception bitmap is not consulted, nor 'NMI exiting' for INT 2.</summary>
    SoftwareInterrupt,

    /// <summary>An NMI, and 'NMI exiting' is 0.</summary>
    NmiExitingOff,

    /// <summary>An NMI, and 'NMI exiting' is 1.</summary>
    NmiExitingOn,

    /// <summary>An exception whose bit in the exception bitmap is 0.</summary>
    BitClear,

    /// <summary>An exception whose bit in the exception bitmap is 1.</summary>
    BitSet,

    /// <summary>A page fault with bit 14 set, which the error-code mask and match let through.</summary>
    PageFaultLetThrough,

    /// <summary>A page fault with bit 14 clear, which the error-code mask and match intercept.</summary>
    PageFaultIntercepted,

    /// <summary>Not an exception, yet the exception bitmap intercepts it: a deliberate hardware fault.</summary>
    HardwareFault,
}

/// <summary>What the decision depends on beside the event.</summary>
/// <param name="ExceptionBitmap">The exception bitmap.</param>
/// <param name="PageFaultMask">The page-fault error-code mask.</param>
/// <param name="PageFaultMatch">The page-fault error-code match.</param>
/// <param name="NmiExiting">The 'NMI exiting' pin-based control.</param>
/// <param name="Faults">Deviations of the silicon.</param>
public readonly record struct InterceptionControls(
    uint ExceptionBitmap, uint PageFaultMask = 0, uint PageFaultMatch = 0, bool NmiExiting = false, HardwareFaults Faults = HardwareFaults.None);

/// <summary>Whether VMX intercepts an event in non-root operation. Pure: the whole of claims C9, C10 and C11.</summary>
public static class Interception
{
    /// <summary>The rule that decides about an event.</summary>
    [Manual("3C", "26.2", "Other Causes of VM Exits")]
    [Manual("3C", "27.6.1.2", "VM Exits During Event Injection")]
    public static InterceptionRule Decide(Event e, in InterceptionControls controls) => e.Source == EventSource.Injection ? InterceptionRule.Injected : e.Type switch
    {
        EventType.ExternalInterrupt => Mistaken(e, controls, HardwareFaults.BitmapSeesIpi) ? InterceptionRule.HardwareFault : InterceptionRule.ExternalInterrupt,
        EventType.SoftwareInterrupt => Mistaken(e, controls, HardwareFaults.BitmapSeesIntN) ? InterceptionRule.HardwareFault : InterceptionRule.SoftwareInterrupt,
        EventType.Nmi => controls.NmiExiting ? InterceptionRule.NmiExitingOn : InterceptionRule.NmiExitingOff,
        _ => ByBitmap(e, controls),
    };

    /// <summary>Whether a rule means a VM exit.</summary>
    public static bool Exits(InterceptionRule rule) => rule
        is InterceptionRule.NmiExitingOn or InterceptionRule.BitSet or InterceptionRule.PageFaultIntercepted or InterceptionRule.HardwareFault;

    /// <summary>The event as the VM exit reports it: silicon that mistakes an event for an exception reports an exception.</summary>
    public static Event AsReported(Event e, InterceptionRule rule) =>
        rule == InterceptionRule.HardwareFault ? e with { Type = EventType.HardwareException } : e;

    /// <summary>The bit numbered by the vector. For a page fault, its meaning is reversed where error code AND mask differs from match.</summary>
    [Manual("3C", "25.6.3", "Exception Bitmap")]
    private static InterceptionRule ByBitmap(Event e, in InterceptionControls controls)
    {
        bool bit = Bit(controls.ExceptionBitmap, e.Vector);
        if (!e.Is(ExceptionVector.PageFault) || (e.ErrorCode & controls.PageFaultMask) == controls.PageFaultMatch)
            return bit ? InterceptionRule.BitSet : InterceptionRule.BitClear;
        return bit ? InterceptionRule.PageFaultLetThrough : InterceptionRule.PageFaultIntercepted;
    }

    private static bool Mistaken(Event e, in InterceptionControls controls, HardwareFaults fault) =>
        (controls.Faults & fault) != 0 && Bit(controls.ExceptionBitmap, e.Vector);

    private static bool Bit(uint bitmap, byte vector) => vector < 32 && (bitmap >> vector & 1) != 0;
}
