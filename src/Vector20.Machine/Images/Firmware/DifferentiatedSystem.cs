using Vector20.Machine.Memory;
using Vector20.Machine.Platform;

namespace Vector20.Machine.Images.Firmware;

/// <summary>The DSDT: how to switch the machine off, the PCI bus with what is behind its host bridge, the event timer.</summary>
[Manual("ACPI", "5.2.11.1", "Differentiated System Description Table (DSDT)")]
internal static class DifferentiatedSystem
{
    private const ushort ConfigurationPorts = 0xCF8;
    private const byte ConfigurationPortCount = 8, LastBus = 0xFF;
    private const uint VideoMemory = 0xA_0000, VideoMemoryEnd = 0xB_FFFF;

    public static byte[] Make(bool hpet)
    {
        byte[] code = [.. SoftOff(), .. Aml.Scope("_SB", [PciBus(), .. hpet ? new[] { EventTimer() } : []])];
        RecordWriter table = AcpiTable.Start("DSDT", 2, AcpiTable.HeaderLength + code.Length);
        code.CopyTo(table.Bytes.AsSpan(AcpiTable.HeaderLength));
        return AcpiTable.Finish(table);
    }

    /// <summary>The sleep type of the state S5, for PM1a and PM1b.</summary>
    private static byte[] SoftOff() =>
        Aml.Name("_S5", Aml.Package(Aml.Byte(PlatformLayout.SoftOffSleepType), Aml.Byte(PlatformLayout.SoftOffSleepType), Aml.Byte(0), Aml.Byte(0)));

    /// <summary>Bus 0. Behind the bridge are all ports but those of its configuration, the video memory, and from the end of RAM to the I/O APIC.</summary>
    [Manual("ACPI", "6.5.5", "_BBN (Base Bus Number)")]
    private static byte[] PciBus() => Aml.Device(
        "PCI0",
        Aml.Name("_HID", Aml.Identification("PNP0A03")),
        Aml.Name("_UID", Aml.Byte(0)),
        Aml.Name("_BBN", Aml.Byte(0)),
        Aml.Name("_CRS", Resources.Template(
            Resources.Buses(0, LastBus),
            Resources.OwnPorts(ConfigurationPorts, ConfigurationPortCount),
            Resources.Ports(0, ConfigurationPorts - 1),
            Resources.Ports(ConfigurationPorts + ConfigurationPortCount, ushort.MaxValue),
            Resources.Memory(VideoMemory, VideoMemoryEnd),
            Resources.Memory((uint)PhysicalMemory.HoleStart, PlatformLayout.IoApicBase - 1))));

    private static byte[] EventTimer() => Aml.Device(
        "HPET",
        Aml.Name("_HID", Aml.Identification("PNP0103")),
        Aml.Name("_UID", Aml.Byte(0)),
        Aml.Name("_CRS", Resources.Template(Resources.OwnMemory(PlatformLayout.HpetBase, PlatformLayout.HpetLength))));
}
