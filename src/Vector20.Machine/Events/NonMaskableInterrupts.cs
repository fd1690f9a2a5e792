using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Events;

/// <summary>The non-maskable interrupt.</summary>
[Manual("3A", "6.7", "Nonmaskable Interrupt (NMI)")]
internal static class NonMaskableInterrupts
{
    /// <summary>Takes an NMI unless one is being handled or MOV SS came before. It ends a halt, and shutdown too.</summary>
    public static bool Take(Processor p)
    {
        bool blocked = VmxEvents.NmisBlocked(p) || p.Shadow == InterruptShadow.MovSs || p.Activity == ActivityState.WaitForSipi;
        if (!p.NmiPending || blocked) return false;
        if (VmxEvents.Nmi(p)) return true;
        p.NmiPending = false;
        EventPipeline.Send(p, new Event(EventType.Nmi, (byte)ExceptionVector.Nmi, Source: EventSource.Device));
        return true;
    }
}
