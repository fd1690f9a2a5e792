namespace Vector20.Machine.Platform;

/// <summary>Where the devices are: what the devices decode and what the firmware tables tell the guest.</summary>
public static class PlatformLayout
{
    /// <summary>Physical base of every local APIC after reset.</summary>
    [Manual("3A", "11.4.1", "The Local APIC Block Diagram")]
    public const uint LocalApicBase = 0xFEE0_0000;

    /// <summary>Physical base of the I/O APIC.</summary>
    public const uint IoApicBase = 0xFEC0_0000;

    /// <summary>Inputs of the I/O APIC.</summary>
    public const int IoApicInputs = 24;

    /// <summary>The ACPI PM1a event block: 4 ports.</summary>
    public const ushort PowerEventPort = 0x600;

    /// <summary>The ACPI PM1a control block: 2 ports.</summary>
    public const ushort PowerControlPort = 0x604;

    /// <summary>The ACPI power-management timer: 4 ports, 24 bits at 3.579545 MHz.</summary>
    public const ushort PowerTimerPort = 0x608;

    /// <summary>The I/O APIC input of ACPI's system control interrupt.</summary>
    public const byte SystemControlInterrupt = 9;

    /// <summary>SLP_TYP of the soft-off state, in the PM1a control register.</summary>
    public const byte SoftOffSleepType = 0;

    /// <summary>COM1: 8 ports.</summary>
    public const ushort SerialPort = 0x3F8;

    /// <summary>COM1's interrupt input.</summary>
    public const byte SerialInterrupt = 4;

    /// <summary>The port whose writing ends the run: exit status = value * 2 + 1.</summary>
    public const ushort ExitPort = 0xF4;

    /// <summary>Physical base of the high precision event timer.</summary>
    public const uint HpetBase = 0xFED0_0000;

    /// <summary>Bytes of the event timer's registers.</summary>
    public const uint HpetLength = 0x400;

    /// <summary>Physical base of the test device's memory: 64 KiB.</summary>
    public const uint TestMemory = 0xFF00_0000;

    /// <summary>Physical base of the VGA text screen: 80 x 25 cells of character and attribute.</summary>
    public const uint TextScreen = 0xB8000;

    /// <summary>The I/O APIC ID: the first that no processor has, as far as 4 bits reach.</summary>
    public static byte IoApicId(int processors) => (byte)Math.Min(processors, 15);
}
