namespace Vector20.Machine.Apic;

/// <summary>The entries of the local vector table, in the order of this implementation's storage.</summary>
[Manual("3A", "11.5.1", "Local Vector Table")]
public enum LocalVectorEntry : byte
{
    /// <summary>The APIC timer.</summary>
    Timer,

    /// <summary>The thermal sensor.</summary>
    Thermal,

    /// <summary>Overflow of a performance counter.</summary>
    Performance,

    /// <summary>The LINT0 pin: on a PC the 8259's INTR.</summary>
    Lint0,

    /// <summary>The LINT1 pin: on a PC NMI.</summary>
    Lint1,

    /// <summary>An error that the APIC detected.</summary>
    Error,

    /// <summary>Corrected machine-check errors.</summary>
    Cmci,
}

/// <summary>How the timer counts: bits 18:17 of its LVT entry.</summary>
[Manual("3A", "11.5.4", "APIC Timer")]
public enum TimerMode : byte
{
    /// <summary>Once, down to 0.</summary>
    OneShot = 0,

    /// <summary>Over and over.</summary>
    Periodic = 1,

    /// <summary>Until the time-stamp counter reaches IA32_TSC_DEADLINE.</summary>
    TscDeadline = 2,

    /// <summary>Reserved.</summary>
    Reserved = 3,
}

/// <summary>The value of an LVT entry.</summary>
[Manual("3A", "11.5.1", "Local Vector Table")]
public readonly record struct LocalVector(uint Value)
{
    /// <summary>Delivery status. It always reads 0: delivery takes no time here.</summary>
    public const uint DeliveryStatus = 1 << 12;

    /// <summary>Remote IRR, of LINT0 and LINT1: accepted as level-triggered and not yet ended. Read-only.</summary>
    public const uint RemoteIrr = 1 << 14;

    /// <summary>Mask.</summary>
    public const uint Mask = 1 << 16;

    /// <summary>Every entry after reset: masked, all else 0.</summary>
    public static LocalVector Initial { get; } = new(Mask);

    /// <summary>The vector.</summary>
    public byte Vector => (byte)Value;

    /// <summary>The delivery mode; always fixed for the timer and the error entry, which have no such field.</summary>
    public DeliveryMode Mode => (DeliveryMode)(Value >> 8 & 7);

    /// <summary>Interrupt input pin polarity: active low.</summary>
    public bool ActiveLow => (Value & 1 << 13) != 0;

    /// <summary>Trigger mode: level.</summary>
    public bool LevelTriggered => (Value & 1 << 15) != 0;

    /// <summary>Whether the entry is masked.</summary>
    public bool Masked => (Value & Mask) != 0;

    /// <summary>The timer's mode.</summary>
    public TimerMode TimerMode => (TimerMode)(Value >> 17 & 3);

    /// <summary>The bits of an entry that software may write.</summary>
    public static uint Writable(LocalVectorEntry entry) => entry switch
    {
        LocalVectorEntry.Timer => 0x7_00FF,
        LocalVectorEntry.Error => 0x1_00FF,
        LocalVectorEntry.Lint0 or LocalVectorEntry.Lint1 => 0x1_A7FF,
        _ => 0x1_07FF,
    };
}
