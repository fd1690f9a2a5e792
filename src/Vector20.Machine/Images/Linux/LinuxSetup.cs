using System.Buffers.Binary;

namespace Vector20.Machine.Images.Linux;

/// <summary>The setup header of a bzImage, checked: protocol 2.06 or later, loaded high.</summary>
/// <param name="Version">Protocol version, major in the upper byte.</param>
/// <param name="SetupLength">Bytes of boot sector and real-mode code; the protected-mode kernel follows.</param>
/// <param name="HeaderLength">Bytes of the header from 0x1F1 on.</param>
/// <param name="LoadAddress">Where the protected-mode kernel goes.</param>
/// <param name="MemoryNeeded">How much memory from there on it needs before it reads the memory map.</param>
/// <param name="Has64BitEntry">Whether it may be entered in 64-bit mode, 0x200 behind its begin.</param>
/// <param name="InitrdEnd">The last address the initial RAM disk may have.</param>
/// <param name="CommandLineLength">The longest command line.</param>
internal sealed record LinuxSetup(
    ushort Version, int SetupLength, int HeaderLength, ulong LoadAddress, ulong MemoryNeeded, bool Has64BitEntry, uint InitrdEnd, uint CommandLineLength)
{
    /// <summary>Offset of the setup header in the file and in the zero page.</summary>
    public const int Offset = 0x1F1;

    private const int Signature = 0x202, Shortest = 0x268, Sector = 512;
    private const byte LoadedHigh = 1;
    private const ushort KernelIs64Bit = 1;

    /// <summary>Whether bytes are a Linux image: the boot sector's mark and the header's.</summary>
    public static bool IsPresent(ReadOnlySpan<byte> bytes) =>
        bytes.Length > Signature + 4 && bytes[0x1FE] == 0x55 && bytes[0x1FF] == 0xAA && bytes[Signature..].StartsWith("HdrS"u8);

    /// <summary>Reads and checks the header.</summary>
    public static Parsed<LinuxSetup> Parse(ImageFile file)
    {
        ReadOnlySpan<byte> bytes = file.Bytes.Span;
        if (bytes.Length < Shortest) return file.Refuse($"is a Linux image cut off after {bytes.Length} bytes, inside its setup header", "copy or build it again");
        ushort version = U16(bytes, 0x206);
        if (version < 0x206) return file.Refuse($"boot protocol {version >> 8}.{version & 0xFF:d2} is older than 2.06", "use a kernel of this century");
        if ((bytes[0x211] & LoadedHigh) == 0) return file.Refuse("is a zImage, loaded below 1 MiB", "build it as bzImage");
        int sectors = bytes[Offset] == 0 ? 4 : bytes[Offset];
        int setupLength = (sectors + 1) * Sector;
        ulong kernelLength = (ulong)U32(bytes, 0x1F4) * 16;
        if (setupLength >= bytes.Length || (ulong)(bytes.Length - setupLength) + 15 < kernelLength)
            return file.Refuse($"has {bytes.Length} bytes, its header speaks of {(ulong)setupLength + kernelLength}", "the file is truncated: copy or build it again");
        ulong kernel = (ulong)(bytes.Length - setupLength);
        bool relocatable = bytes[0x234] != 0, modern = version >= 0x20A;
        return new LinuxSetup(
            version,
            setupLength,
            Math.Min(0x202 + bytes[0x201], bytes.Length) - Offset,
            modern && relocatable && U64(bytes, 0x258) >= LowMemory.ExtendedMemory ? U64(bytes, 0x258) : LowMemory.ExtendedMemory,
            Math.Max(kernel, modern ? U32(bytes, 0x260) : kernel),
            version >= 0x20C && (U16(bytes, 0x236) & KernelIs64Bit) != 0,
            U32(bytes, 0x22C),
            U32(bytes, 0x238));
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static ulong U64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);
}
