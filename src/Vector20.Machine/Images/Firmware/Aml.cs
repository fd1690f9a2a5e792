using System.Buffers.Binary;
using System.Text;

namespace Vector20.Machine.Images.Firmware;

/// <summary>Writes objects of the ACPI machine language, each as its bytes.</summary>
[Manual("ACPI", "20.2", "AML Grammar Definition")]
internal static class Aml
{
    private const byte NameOp = 0x08, BytePrefix = 0x0A, DoubleWordPrefix = 0x0C, ScopeOp = 0x10, BufferOp = 0x11, PackageOp = 0x12, ExtendedPrefix = 0x5B, DeviceOp = 0x82;

    /// <summary><c>Name (name, value)</c>.</summary>
    public static byte[] Name(string name, byte[] value) => [NameOp, .. Segment(name), .. value];

    /// <summary><c>Scope (\name) { objects }</c>.</summary>
    public static byte[] Scope(string name, params byte[][] objects) => [ScopeOp, .. Sized([(byte)'\\', .. Segment(name), .. objects.SelectMany(o => o)])];

    /// <summary><c>Device (name) { objects }</c>.</summary>
    public static byte[] Device(string name, params byte[][] objects) => [ExtendedPrefix, DeviceOp, .. Sized([.. Segment(name), .. objects.SelectMany(o => o)])];

    /// <summary><c>Package () { elements }</c>.</summary>
    public static byte[] Package(params byte[][] elements) => [PackageOp, .. Sized([(byte)elements.Length, .. elements.SelectMany(e => e)])];

    /// <summary><c>Buffer () { bytes }</c>.</summary>
    public static byte[] Buffer(byte[] bytes) => [BufferOp, .. Sized([.. Byte((byte)bytes.Length), .. bytes])];

    /// <summary>A number of a byte.</summary>
    public static byte[] Byte(byte value) => [BytePrefix, value];

    /// <summary>A device's identification, for instance PNP0A03: three letters in five bits each, four hexadecimal digits, big-endian.</summary>
    [Manual("ACPI", "6.1.5", "_HID (Hardware ID)")]
    public static byte[] Identification(string id)
    {
        uint letters = 0;
        foreach (char letter in id[..3]) letters = letters << 5 | (uint)(letter - '@');
        var bytes = new byte[5];
        bytes[0] = DoubleWordPrefix;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), letters << 16 | Convert.ToUInt32(id[3..], 16));
        return bytes;
    }

    private static byte[] Segment(string name) => Encoding.ASCII.GetBytes(name.PadRight(4, '_'));

    /// <summary>Bytes behind their length, which counts itself: one byte below 64, else two.</summary>
    [Manual("ACPI", "20.2.4", "Package Length Encoding")]
    private static byte[] Sized(byte[] bytes)
    {
        int length = bytes.Length + 1;
        if (length < 64) return [(byte)length, .. bytes];
        length++;
        return [(byte)(1 << 6 | length & 15), (byte)(length >> 4), .. bytes];
    }
}
