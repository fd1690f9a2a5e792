using Vector20.Machine.Events;

namespace Vector20.Machine.Apic;

/// <summary>From the APIC to its processor: what is deliverable, its acknowledgement, its end.</summary>
[Manual("3A", "11.8.4", "Interrupt Acceptance for Fixed Interrupts")]
internal static class InterruptDelivery
{
    public static bool HasDeliverable(LocalApic apic) =>
        HasExternal(apic) || apic.Mode != ApicMode.Disabled && Priorities.Deliverable(apic) >= 0;

    /// <summary>
    /// The vector moves from IRR to ISR. If nothing is deliverable any more the spurious vector is delivered, and ISR stays as it
    /// is. An interrupt of the 8259 bypasses both.
    /// </summary>
    [Manual("3A", "11.9", "Spurious Interrupt")]
    public static InterruptAcknowledge Acknowledge(LocalApic apic)
    {
        if (HasExternal(apic) && apic.Fabric.ExternalInterrupts is { } controller)
        {
            apic.State.ExternalPending = false;
            return new InterruptAcknowledge(controller.Acknowledge(), EventSource.Device);
        }

        int deliverable = Priorities.Deliverable(apic);
        if (deliverable < 0) return new InterruptAcknowledge((byte)apic.State.SpuriousVector, EventSource.Device, true);
        var vector = (byte)deliverable;
        apic.State.Requested.Set(vector, false);
        apic.State.InService.Set(vector, true);
        apic.Client.InterruptsChanged();
        return new InterruptAcknowledge(vector, apic.State.FromIpi.Contains(vector) ? EventSource.InterProcessorInterrupt : EventSource.Device);
    }

    /// <summary>Ends the interrupt of the highest priority in service; the I/O APICs hear of a level-triggered one unless software suppressed that.</summary>
    [Manual("3A", "11.8.5", "Signaling Interrupt Servicing Completion")]
    public static void EndOfInterrupt(LocalApic apic)
    {
        int highest = apic.State.InService.Highest;
        if (highest < 0) return;
        var vector = (byte)highest;
        apic.State.InService.Set(vector, false);
        if (apic.State.TriggerMode.Contains(vector))
        {
            LocalInterrupts.EndOfInterrupt(apic, vector);
            if ((apic.State.SpuriousVector & SpuriousVector.SuppressEoiBroadcast) == 0) apic.Fabric.EndOfInterrupt(vector);
        }

        apic.Client.InterruptsChanged();
    }

    /// <summary>Whether the 8259 asks through LINT0, directly where the APIC is disabled, or through an ExtINT message.</summary>
    [Manual("3A", "11.5.1", "Local Vector Table")]
    public static bool HasExternal(LocalApic apic)
    {
        if (apic.Mode == ApicMode.Disabled) return apic.State.Lint0;
        return apic.State.ExternalPending
            || LocalInterrupts.HasExternal(apic, LocalVectorEntry.Lint0) || LocalInterrupts.HasExternal(apic, LocalVectorEntry.Lint1);
    }
}
