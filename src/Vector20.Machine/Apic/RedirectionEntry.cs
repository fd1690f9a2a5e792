namespace Vector20.Machine.Apic;

/// <summary>An entry of the I/O APIC's redirection table: what an input becomes.</summary>
[Manual("82093AA", "3.2.4", "IOREDTBL[23:0] - I/O Redirection Table Registers")]
public readonly record struct RedirectionEntry(ulong Value)
{
    /// <summary>Remote IRR: a level-triggered interrupt was accepted and is not yet ended. Read-only.</summary>
    public const ulong RemoteIrr = 1 << 14;

    /// <summary>Trigger mode: level.</summary>
    public const ulong Level = 1 << 15;

    /// <summary>Mask.</summary>
    public const ulong Mask = 1 << 16;

    /// <summary>The bits that software may write. Delivery status always reads 0: delivery takes no time here.</summary>
    public const ulong Writable = 0xFF00_0000_0001_AFFF;

    /// <summary>The vector.</summary>
    public byte Vector => (byte)Value;

    /// <summary>The delivery mode.</summary>
    public DeliveryMode Mode => (DeliveryMode)(Value >> 8 & 7);

    /// <summary>Whether the destination is logical.</summary>
    public bool Logical => (Value & 1 << 11) != 0;

    /// <summary>The destination.</summary>
    public byte Destination => (byte)(Value >> 56);

    /// <summary>Whether it is masked.</summary>
    public bool Masked => (Value & Mask) != 0;

    /// <summary>Whether a level-triggered interrupt has not been ended.</summary>
    public bool InService => (Value & RemoteIrr) != 0;

    /// <summary>Level-triggered: only fixed and lowest-priority interrupts can be, whatever the bit says.</summary>
    public bool LevelTriggered => (Value & Level) != 0 && Mode <= DeliveryMode.LowestPriority;
}
