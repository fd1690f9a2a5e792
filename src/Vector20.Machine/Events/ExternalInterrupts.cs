using Vector20.Machine.Apic;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Events;

/// <summary>Maskable interrupts, from the local APIC or through it from the 8259.</summary>
[Manual("3A", "6.3.2", "Maskable Hardware Interrupts")]
internal static class ExternalInterrupts
{
    /// <summary>Takes an interrupt if IF is 1 and no shadow holds it back. 'External-interrupt exiting' takes it whatever IF is.</summary>
    [Manual("3A", "6.8.1", "Masking Maskable Hardware Interrupts")]
    [Manual("3C", "26.2", "Other Causes of VM Exits")]
    public static bool Take(Processor p)
    {
        if (p.Activity is not (ActivityState.Active or ActivityState.Hlt)) return false;
        bool exits = VmxEvents.InterruptsExit(p);
        bool open = exits || (p.SystemFlags & Eflags.IF) != 0 && p.Shadow == InterruptShadow.None;
        if (!open || !p.Apic.HasDeliverableInterrupt) return false;
        if (exits) return VmxEvents.ExternalInterrupt(p, VmxEvents.AcknowledgesInterrupts(p) ? p.Apic.AcknowledgeInterrupt().Vector : null);
        Event interrupt = EventOf(p.Apic.AcknowledgeInterrupt(), p.Computer.Options.Faults);
        EventSteps.Acknowledged(p, interrupt);
        EventPipeline.Send(p, interrupt);
        return true;
    }

    /// <summary>
    /// The event that an acknowledged interrupt is: an external interrupt whatever its vector, so that vector 20 is no #VE. Silicon with
    /// the hardware fault mistakes it for one.
    /// </summary>
    public static Event EventOf(in InterruptAcknowledge interrupt, HardwareFaults faults)
    {
        bool mistaken = (faults & HardwareFaults.Ipi20AsException) != 0 && interrupt is { Vector: (byte)ExceptionVector.Virtualization, Source: EventSource.InterProcessorInterrupt };
        return new Event(mistaken ? EventType.HardwareException : EventType.ExternalInterrupt, interrupt.Vector, Source: interrupt.Source);
    }
}
