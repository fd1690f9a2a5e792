using System.Runtime.CompilerServices;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Events;

/// <summary>
/// The one path of every event: raise, classify, intercept, deliver. The decisions are pure functions in <see cref="Classification"/>
/// and <see cref="Interception"/>; the tables of the guest are walked in <see cref="Delivery"/>.
/// </summary>
[Manual("3A", "6.12", "Exception and Interrupt Handling")]
internal static class EventPipeline
{
    /// <summary>Sends an event to where it belongs: a VM exit, a handler of the guest, or shutdown. RIP is at the instruction that raised it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Send(Processor p, Event next)
    {
        if (!p.Protected) next = InRealMode(next);
        EventSteps.Raised(p, next);
        while (!Intercept(p, next))
        {
            EventEffects.Arrive(p, next);
            if (p.IsDelivering)
            {
                if (Classify(p, next) is not { } combined) return;
                next = combined;
            }

            p.BeginDelivery(next);
            if (Delivery.Deliver(p, next))
            {
                p.EndDelivery();
                VmxEvents.Delivered(p);
                EventSteps.Delivered(p, next);
                return;
            }

            if (!FaultMet(p)) return;
            next = p.Raised;
            if (!p.Protected) next = InRealMode(next);
        }
    }

    /// <summary>
    /// Whether VMX takes the event; the VM exit is done then. <see cref="Processor.Delivering"/> is the event whose delivery
    /// brought this one about, if any did: the exit reports it as IDT-vectoring information.
    /// </summary>
    [Manual("3C", "26.2", "Other Causes of VM Exits")]
    private static bool Intercept(Processor p, Event e) => p.Vmx.NonRoot && InterceptInNonRoot(p, e);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool InterceptInNonRoot(Processor p, Event e)
    {
        InterceptionRule rule = Interception.Decide(e, ControlsOf(p));
        EventSteps.Intercepted(p, e, rule);
        return Interception.Exits(rule) && VmExits.Take(p, ExitInformation.OfException(Interception.AsReported(e, rule)));
    }

    /// <summary>
    /// An exception was met while another event was being delivered: what comes next is that exception, or #DF, which VMX may
    /// intercept, or shutdown. Null when nothing is left to deliver.
    /// </summary>
    [Manual("3A", "6.15", "Interrupt 8 - Double Fault Exception (#DF)")]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Event? Classify(Processor p, Event met)
    {
        Event first = p.Delivering.GetValueOrDefault();
        NestedOutcome outcome = Classification.Combine(Classification.Of(first), Classification.Of(met));
        EventSteps.Classified(p, first, met, outcome);
        if (outcome == NestedOutcome.HandledSerially) return met;
        if (outcome == NestedOutcome.TripleFault)
        {
            ShutDown(p);
            return null;
        }

        Event doubleFault = Event.DoubleFault with { Source = EventSource.Delivery };
        if (!p.Protected) doubleFault = InRealMode(doubleFault);
        return Intercept(p, doubleFault) ? null : doubleFault;
    }

    /// <summary>Delivery stopped: true if at a fault, which goes through the pipeline in its turn; else at a VM exit, or for good.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool FaultMet(Processor p)
    {
        StopReason reason = p.StopReason;
        p.StopReason = StopReason.None;
        if (reason == StopReason.Event) return true;
        if (reason == StopReason.VmExit) VmExits.Perform(p);
        else p.Ended = true;
        p.EndDelivery();
        return false;
    }

    /// <summary>A triple fault exits; outside VMX non-root operation it shuts the processor down.</summary>
    private static void ShutDown(Processor p)
    {
        p.EndDelivery();
        EventSteps.Shutdown(p);
        if (VmxEvents.TripleFault(p)) return;
        p.Activity = ActivityState.Shutdown;
        p.RequestAttention();
    }

    /// <summary>Real-address mode has no error codes.</summary>
    [Manual("3B", "21.1.4", "Interrupt and Exception Handling")]
    private static Event InRealMode(Event e) => e.Source == EventSource.Injection ? e : e with { HasErrorCode = false, ErrorCode = 0 };

    private static InterceptionControls ControlsOf(Processor p) => new(
        p.Vmx.ExceptionBitmap,
        p.Vmx.PageFaultErrorCodeMask,
        p.Vmx.PageFaultErrorCodeMatch,
        p.Vmx.Has(PinBasedControls.NmiExiting),
        p.Computer.Options.Faults);
}
