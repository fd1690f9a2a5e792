using Vector20.Machine.Processors;

namespace Vector20.Machine.Events;

/// <summary>Where a handler returns to.</summary>
/// <param name="Rip">The return address: of the instruction for faults, of the next one for traps, interrupts and software events.</param>
/// <param name="Rflags">RFLAGS as it is pushed.</param>
internal readonly record struct ReturnPoint(ulong Rip, ulong Rflags);

/// <summary>Delivery through the guest's own table, by operating mode. Nothing has changed when it answers false.</summary>
[Manual("3A", "6.12.1", "Exception- or Interrupt-Handler Procedures")]
internal static class Delivery
{
    /// <summary>Enters the handler. False when a fault is met or a VM exit: the reason is in <see cref="Processor.StopReason"/>.</summary>
    public static bool Deliver(Processor p, Event e)
    {
        ulong rip = e.IsSoftware ? p.Rip + e.InstructionLength & p.InstructionPointerMask : p.Rip;
        var origin = new ReturnPoint(rip, EventEffects.PushedFlags(p, e));
        if (p.LongMode) return LongModeDelivery.Deliver(p, e, origin);
        if (!p.Protected) return RealModeDelivery.Deliver(p, e, origin);
        return Virtual8086Delivery.Redirects(p, e, out bool redirects) && (redirects ? Virtual8086Delivery.Deliver(p, e, origin) : ProtectedDelivery.Deliver(p, e, origin));
    }

    /// <summary>The handler runs: some flags are cleared, any shadow and any halt are over.</summary>
    /// <param name="p">The processor.</param>
    /// <param name="target">The handler's offset.</param>
    /// <param name="cleared">Flags to clear.</param>
    public static bool Enter(Processor p, ulong target, uint cleared)
    {
        p.Rip = target;
        p.SetSystemFlags(p.SystemFlags & ~cleared);
        p.Shadow = InterruptShadow.None;
        p.Activity = ActivityState.Active;
        return true;
    }
}
