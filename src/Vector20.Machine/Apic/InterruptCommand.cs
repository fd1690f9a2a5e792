namespace Vector20.Machine.Apic;

/// <summary>A value of the interrupt command register. The destination is in bits 63:56 in xAPIC mode and in bits 63:32 in x2APIC mode.</summary>
[Manual("3A", "11.6.1", "Interrupt Command Register (ICR)")]
[Manual("3A", "11.12.9", "ICR Operation in x2APIC Mode")]
public readonly record struct InterruptCommand(ulong Value)
{
    /// <summary>Delivery status: send pending. Messages take no time here, so it always reads 0.</summary>
    public const ulong DeliveryStatus = 1 << 12;

    /// <summary>The bits that may be written in xAPIC mode.</summary>
    public const ulong Writable = 0xFF00_0000_000C_CFFF;

    /// <summary>The bits that must be 0 in x2APIC mode. Delivery status is not among them: a write of it is ignored.</summary>
    public const ulong ReservedInX2Apic = 0xFFF3_2000;

    /// <summary>Makes a command with an xAPIC destination.</summary>
    public static InterruptCommand Make(
        DeliveryMode mode, byte vector, DestinationShorthand shorthand = DestinationShorthand.None, byte destination = 0, bool logical = false) =>
        new((ulong)destination << 56 | Low(mode, vector, shorthand, logical));

    /// <summary>Makes a command with an x2APIC destination.</summary>
    public static InterruptCommand MakeX2(
        DeliveryMode mode, byte vector, DestinationShorthand shorthand = DestinationShorthand.None, uint destination = 0, bool logical = false) =>
        new((ulong)destination << 32 | Low(mode, vector, shorthand, logical));

    /// <summary>The vector; of a start-up IPI the page that the processor starts in.</summary>
    public byte Vector => (byte)Value;

    /// <summary>The delivery mode.</summary>
    public DeliveryMode Mode => (DeliveryMode)(Value >> 8 & 7);

    /// <summary>Whether the destination is a logical one.</summary>
    public bool Logical => (Value & 1 << 11) != 0;

    /// <summary>Level: assert.</summary>
    public bool Assert => (Value & 1 << 14) != 0;

    /// <summary>Trigger mode: level.</summary>
    public bool LevelTriggered => (Value & 1 << 15) != 0;

    /// <summary>The destination shorthand.</summary>
    public DestinationShorthand Shorthand => (DestinationShorthand)(Value >> 18 & 3);

    /// <summary>The 8-bit destination.</summary>
    public byte XApicDestination => (byte)(Value >> 56);

    /// <summary>The 32-bit destination.</summary>
    public uint X2ApicDestination => (uint)(Value >> 32);

    /// <summary>INIT level de-assert: it synchronized arbitration IDs on the APIC bus, and does nothing where there is none.</summary>
    public bool IsInitLevelDeassert => Mode == DeliveryMode.Init && LevelTriggered && !Assert;

    private static ulong Low(DeliveryMode mode, byte vector, DestinationShorthand shorthand, bool logical) =>
        vector | (ulong)mode << 8 | (logical ? 1u << 11 : 0) | 1u << 14 | (ulong)shorthand << 18;
}
