using System.Buffers.Binary;
using Vector20.Machine.Platform;

namespace Vector20.Machine.Images.Firmware;

/// <summary>
/// The tables that a PC's firmware leaves below 1 MiB: ACPI and the older MultiProcessor Specification's, so that an
/// operating system finds the processors, the I/O APIC, the timer and the power switch.
/// </summary>
internal static class FirmwareTables
{
    /// <summary>Where ACPI's root pointer is: anywhere on a paragraph in 0xE0000-0xFFFFF.</summary>
    public const uint RootPointer = 0xF_0000;

    private const uint FloatingPointer = 0xF_0040, MultiProcessorTable = 0xF_0100;

    /// <summary>All tables of a machine; none where RAM ends below 1 MiB.</summary>
    public static IReadOnlyList<Piece> Make(BootOptions options)
    {
        if (options.MemorySize < LowMemory.ExtendedMemory) return [];
        var pointer = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(pointer, (ushort)(LowMemory.ExtendedBiosData >> 4));
        return
        [
            new Piece(LowMemory.ExtendedBiosDataPointer, pointer, "the BIOS data area"),
            .. AcpiTables.Make(options, LowMemory.Firmware, RootPointer),
            .. MultiProcessorTables.Make(options.Processors, FloatingPointer, MultiProcessorTable),
        ];
    }
}
