using System.Buffers.Binary;

namespace Vector20.Machine.Images.Firmware;

/// <summary>What a device of the ACPI namespace occupies, or hands on to what is behind it: descriptors for <c>_CRS</c>.</summary>
[Manual("ACPI", "6.4", "Resource Data Types for ACPI")]
internal static class Resources
{
    private const byte MemoryType = 0, PortType = 1, BusType = 2, MinimumAndMaximumFixed = 0x0C;

    /// <summary>The descriptors with their end, as a buffer.</summary>
    public static byte[] Template(params byte[][] descriptors) => Aml.Buffer([.. descriptors.SelectMany(d => d), 0x79, 0]);

    /// <summary>Buses behind a bridge.</summary>
    public static byte[] Buses(ushort first, ushort last) => Words(BusType, 0, first, last);

    /// <summary>Ports behind a bridge, of the ISA and of other devices.</summary>
    public static byte[] Ports(ushort first, ushort last) => Words(PortType, 3, first, last);

    /// <summary>Memory behind a bridge, not cached, read and written.</summary>
    public static byte[] Memory(uint first, uint last)
    {
        RecordWriter descriptor = new RecordWriter(26).U8(0, 0x87).U16(1, 23).U8(3, MemoryType).U8(4, MinimumAndMaximumFixed).U8(5, 1)
            .U32(10, first).U32(14, last).U32(22, last - first + 1);
        return descriptor.Bytes;
    }

    /// <summary>Ports of the device's own.</summary>
    public static byte[] OwnPorts(ushort first, byte count) => new RecordWriter(8).U8(0, 0x47).U8(1, 1).U16(2, first).U16(4, first).U8(6, 1).U8(7, count).Bytes;

    /// <summary>Memory of the device's own, read and written.</summary>
    public static byte[] OwnMemory(uint first, uint length) => new RecordWriter(12).U8(0, 0x86).U16(1, 9).U8(3, 1).U32(4, first).U32(8, length).Bytes;

    private static byte[] Words(byte type, byte flags, ushort first, ushort last)
    {
        RecordWriter descriptor = new RecordWriter(16).U8(0, 0x88).U16(1, 13).U8(3, type).U8(4, MinimumAndMaximumFixed).U8(5, flags).U16(8, first).U16(10, last);
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor.Bytes.AsSpan(14), (ushort)(last - first + 1));
        return descriptor.Bytes;
    }
}
