using System.Buffers.Binary;
using System.Text;
using Vector20.Machine.Images;

namespace Vector20.Machine.Tests.Images;

/// <summary>Makes small images, right ones and broken ones.</summary>
internal static class ImageBuilder
{
    public const uint Base = 0x10_0000;

    /// <summary>A file of some bytes.</summary>
    public static ImageFile File(byte[] bytes) => new("image", bytes);

    /// <summary>An ELF executable; the contents of its segments follow its headers.</summary>
    public static byte[] Elf(bool wide, ulong entry, params (ulong Address, byte[] Bytes, ulong MemorySize)[] segments)
    {
        int header = wide ? 64 : 52, entrySize = wide ? 56 : 32, at = header + entrySize * segments.Length;
        var bytes = new byte[at + segments.Sum(s => s.Bytes.Length)];
        "\x7F"u8.CopyTo(bytes);
        "ELF"u8.CopyTo(bytes.AsSpan(1));
        (bytes[4], bytes[5], bytes[6]) = ((byte)(wide ? 2 : 1), 1, 1);
        U16(bytes, 16, 2);
        U16(bytes, 18, (ushort)(wide ? 62 : 3));
        Word(bytes, 24, entry, wide);
        Word(bytes, wide ? 32 : 28, (ulong)header, wide);
        U16(bytes, wide ? 54 : 42, (ushort)entrySize);
        U16(bytes, wide ? 56 : 44, (ushort)segments.Length);
        for (int i = 0; i < segments.Length; i++)
        {
            ProgramHeader(bytes.AsSpan(header + i * entrySize, entrySize), wide, at, segments[i]);
            segments[i].Bytes.CopyTo(bytes, at);
            at += segments[i].Bytes.Length;
        }

        return bytes;
    }

    /// <summary>A multiboot header with code behind it.</summary>
    public static byte[] Multiboot(uint flags, params byte[] code)
    {
        var bytes = new byte[12 + code.Length];
        U32(bytes, 0, 0x1BADB002);
        U32(bytes, 4, flags);
        U32(bytes, 8, unchecked(0u - 0x1BADB002 - flags));
        code.CopyTo(bytes, 12);
        return bytes;
    }

    /// <summary>A bzImage: one setup sector, then the code at its 32-bit entry and, 0x200 behind it, at its 64-bit entry.</summary>
    public static byte[] Linux(byte[] code32, byte[] code64, ushort version = 0x20C)
    {
        var bytes = new byte[0x400 + 0x200 + 0x200];
        bytes[0x1F1] = 1;
        U32(bytes, 0x1F4, 0x40);
        (bytes[0x1FE], bytes[0x1FF], bytes[0x201]) = (0x55, 0xAA, 0x66);
        Encoding.ASCII.GetBytes("HdrS", bytes.AsSpan(0x202));
        U16(bytes, 0x206, version);
        bytes[0x211] = 1;
        U32(bytes, 0x22C, 0x7FFF_FFFF);
        U16(bytes, 0x236, (ushort)(code64.Length > 0 ? 1 : 0));
        U32(bytes, 0x238, 0xFF);
        U32(bytes, 0x260, 0x1_0000);
        code32.CopyTo(bytes, 0x400);
        code64.CopyTo(bytes, 0x600);
        return bytes;
    }

    public static void U16(byte[] bytes, int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(offset), value);

    public static void U32(byte[] bytes, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), value);

    private static void ProgramHeader(Span<byte> header, bool wide, int offset, (ulong Address, byte[] Bytes, ulong MemorySize) segment)
    {
        byte[] fields = new byte[64];
        U32(fields, 0, 1);
        int step = wide ? 8 : 4, first = wide ? 8 : 4;
        ReadOnlySpan<ulong> values = [(ulong)offset, segment.Address, segment.Address, (ulong)segment.Bytes.Length, segment.MemorySize];
        for (int i = 0; i < values.Length; i++) Word(fields, first + i * step, values[i], wide);
        fields.AsSpan(0, header.Length).CopyTo(header);
    }

    private static void Word(byte[] bytes, int offset, ulong value, bool wide)
    {
        if (wide) BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(offset), value);
        else U32(bytes, offset, (uint)value);
    }
}
