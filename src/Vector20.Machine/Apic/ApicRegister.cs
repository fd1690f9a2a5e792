namespace Vector20.Machine.Apic;

#pragma warning disable CS1591 // The manual's own names.

/// <summary>The local APIC's registers by their offset in the 4-KiB page. In x2APIC mode the MSR is 800H + offset / 16.</summary>
[Manual("3A", "11.4.1", "The Local APIC Block Diagram")]
public enum ApicRegister : ushort
{
    Id = 0x020,
    Version = 0x030,
    TaskPriority = 0x080,
    ArbitrationPriority = 0x090,
    ProcessorPriority = 0x0A0,
    EndOfInterrupt = 0x0B0,
    RemoteRead = 0x0C0,
    LogicalDestination = 0x0D0,
    DestinationFormat = 0x0E0,
    SpuriousInterruptVector = 0x0F0,
    InService = 0x100,
    TriggerMode = 0x180,
    InterruptRequest = 0x200,
    ErrorStatus = 0x280,
    LvtCmci = 0x2F0,
    InterruptCommandLow = 0x300,
    InterruptCommandHigh = 0x310,
    LvtTimer = 0x320,
    LvtThermal = 0x330,
    LvtPerformance = 0x340,
    LvtLint0 = 0x350,
    LvtLint1 = 0x360,
    LvtError = 0x370,
    InitialCount = 0x380,
    CurrentCount = 0x390,
    DivideConfiguration = 0x3E0,
    SelfIpi = 0x3F0,
}
#pragma warning restore CS1591

/// <summary>The bits of the spurious-interrupt vector register.</summary>
[Manual("3A", "11.9", "Spurious Interrupt")]
public static class SpuriousVector
{
    /// <summary>The vector delivered when an interrupt went away while the processor acknowledged it.</summary>
    public const uint VectorMask = 0xFF;

    /// <summary>APIC software enable.</summary>
    public const uint SoftwareEnable = 1 << 8;

    /// <summary>Focus processor checking is off.</summary>
    public const uint FocusDisabled = 1 << 9;

    /// <summary>EOI does not reach the I/O APICs.</summary>
    public const uint SuppressEoiBroadcast = 1 << 12;

    /// <summary>Every bit that is not reserved.</summary>
    public const uint Writable = VectorMask | SoftwareEnable | FocusDisabled | SuppressEoiBroadcast;
}
