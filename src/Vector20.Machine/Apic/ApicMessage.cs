using Vector20.Machine.Events;

namespace Vector20.Machine.Apic;

/// <summary>An interrupt message on its way to local APICs.</summary>
/// <param name="Mode">What it does.</param>
/// <param name="Vector">The vector, where the mode has one.</param>
/// <param name="Destination">The APIC ID or logical destination.</param>
/// <param name="Logical">Whether the destination is logical.</param>
/// <param name="Broadcast">Whether the destination is all APICs: all ones, in as many bits as the sender has.</param>
/// <param name="Level">Level-triggered: the I/O APIC waits for its EOI.</param>
/// <param name="Source">Who sent it, for paths and traces.</param>
public readonly record struct ApicMessage(
    DeliveryMode Mode,
    byte Vector,
    uint Destination = 0,
    bool Logical = false,
    bool Broadcast = false,
    bool Level = false,
    EventSource Source = EventSource.InterProcessorInterrupt);

/// <summary>An interrupt that a processor took from its APIC.</summary>
/// <param name="Vector">The vector to deliver.</param>
/// <param name="Source">Where the interrupt came from.</param>
/// <param name="Spurious">Whether the interrupt was gone and this is the spurious vector.</param>
public readonly record struct InterruptAcknowledge(byte Vector, EventSource Source, bool Spurious = false);
