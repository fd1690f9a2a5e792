using Vector20.Machine.Events;

namespace Vector20.Machine.Apic;

/// <summary>The interrupts that arise at the APIC itself, through its local vector table.</summary>
[Manual("3A", "11.5.1", "Local Vector Table")]
internal static class LocalInterrupts
{
    /// <summary>Writes an LVT entry.</summary>
    public static void WriteEntry(LocalApic apic, LocalVectorEntry entry, uint value)
    {
        ref LocalApicState state = ref apic.State;
        uint writable = LocalVector.Writable(entry);
        if (entry == LocalVectorEntry.Timer)
        {
            ApicTimer.Advance(apic);
            if (!apic.Options.TscDeadline) writable &= ~(1u << 18);
        }

        LocalVector old = state.Lvt[entry];
        uint enabled = apic.SoftwareEnabled ? 0 : LocalVector.Mask;
        var vector = new LocalVector(value & writable | old.Value & LocalVector.RemoteIrr | enabled);
        state.Lvt[entry] = vector;
        if (entry == LocalVectorEntry.Timer) ApicTimer.EntryWritten(apic, old, vector);
        SignalIllegalVector(apic, vector);
        if (entry is LocalVectorEntry.Lint0 or LocalVectorEntry.Lint1) LevelAsserted(apic, entry);
        apic.Client.InterruptsChanged();
    }

    /// <summary>A source signals through its entry.</summary>
    public static void Signal(LocalApic apic, LocalVectorEntry entry)
    {
        LocalVector vector = apic.Lvt(entry);
        if (vector.Masked || vector.Mode is DeliveryMode.LowestPriority or DeliveryMode.StartUp or DeliveryMode.ExtInt) return;
        apic.Receive(new ApicMessage(vector.Mode, vector.Vector, Source: EventSource.LocalVectorTable));
    }

    /// <summary>
    /// Sets the level at a pin. ExtINT follows the level; NMI, SMI, INIT and edge-triggered fixed interrupts need the rising edge.
    /// Polarity has no meaning here: lines carry 'asserted', not volts.
    /// </summary>
    public static void SetPin(LocalApic apic, LocalVectorEntry pin, bool asserted)
    {
        ref bool level = ref pin == LocalVectorEntry.Lint0 ? ref apic.State.Lint0 : ref apic.State.Lint1;
        bool rising = asserted && !level;
        level = asserted;
        if (rising && apic.Mode == ApicMode.Disabled && pin == LocalVectorEntry.Lint1) apic.Client.Nmi();
        else if (rising && !IsLevelTriggered(apic, pin)) Signal(apic, pin);
        else LevelAsserted(apic, pin);
        apic.Client.InterruptsChanged();
    }

    /// <summary>Whether a pin asks for an interrupt whose vector the 8259 gives.</summary>
    public static bool HasExternal(LocalApic apic, LocalVectorEntry pin) =>
        Level(apic, pin) && apic.Lvt(pin) is { Masked: false, Mode: DeliveryMode.ExtInt };

    /// <summary>The end of a level-triggered interrupt of a pin: it comes again while the pin is asserted.</summary>
    public static void EndOfInterrupt(LocalApic apic, byte vector)
    {
        LocalVector lint0 = apic.Lvt(LocalVectorEntry.Lint0);
        if (lint0.Vector != vector || (lint0.Value & LocalVector.RemoteIrr) == 0) return;
        apic.State.Lvt[LocalVectorEntry.Lint0] = new LocalVector(lint0.Value & ~LocalVector.RemoteIrr);
        LevelAsserted(apic, LocalVectorEntry.Lint0);
    }

    private static bool Level(LocalApic apic, LocalVectorEntry pin) => pin == LocalVectorEntry.Lint0 ? apic.State.Lint0 : apic.State.Lint1;

    /// <summary>LINT1 supports edges only, whatever its entry says.</summary>
    private static bool IsLevelTriggered(LocalApic apic, LocalVectorEntry pin) =>
        pin == LocalVectorEntry.Lint0 && apic.Lvt(pin) is { LevelTriggered: true, Mode: DeliveryMode.Fixed };

    private static void LevelAsserted(LocalApic apic, LocalVectorEntry pin)
    {
        LocalVector vector = apic.Lvt(pin);
        if (!Level(apic, pin) || vector.Masked || !IsLevelTriggered(apic, pin) || (vector.Value & LocalVector.RemoteIrr) != 0) return;
        if (Acceptance.Receive(DeliveryMode.Fixed, vector.Vector, apic.Faults) == Reception.Request)
            apic.State.Lvt[pin] = new LocalVector(vector.Value | LocalVector.RemoteIrr);
        apic.Receive(new ApicMessage(DeliveryMode.Fixed, vector.Vector, Level: true, Source: EventSource.LocalVectorTable));
    }

    /// <summary>An illegal vector may be signalled when it is written: masked or not, with or without an input.</summary>
    [Manual("3A", "11.5.2", "Valid Interrupt Vectors")]
    private static void SignalIllegalVector(LocalApic apic, LocalVector vector)
    {
        if (!apic.Options.LvtWriteSignalsIllegalVector || vector.Mode != DeliveryMode.Fixed) return;
        if (Acceptance.Receive(DeliveryMode.Fixed, vector.Vector, apic.Faults) == Reception.IllegalVector)
            ErrorReporting.Detect(apic, ErrorStatus.ReceiveIllegalVector, vector.Vector);
    }
}
