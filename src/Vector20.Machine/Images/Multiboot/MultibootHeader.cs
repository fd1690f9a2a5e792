using System.Buffers.Binary;

namespace Vector20.Machine.Images.Multiboot;

/// <summary>A multiboot 1 header: magic number and checksum are right.</summary>
/// <param name="Offset">Where in the file it is.</param>
/// <param name="Flags">Its flags.</param>
/// <param name="Addresses">The address fields; meaningful with <see cref="HasAddresses"/>.</param>
internal readonly record struct MultibootHeader(int Offset, uint Flags, MultibootAddresses Addresses)
{
    public const uint Magic = 0x1BAD_B002;

    /// <summary>Flag 2: asks for a video mode.</summary>
    public const uint WantsVideo = 1 << 2;

    private const int SearchLength = 8192, ShortLength = 12, LongLength = 32;
    private const uint AddressFields = 1 << 16, MustBeUnderstood = 0xFFFF, Understood = 3;

    /// <summary>Whether the header itself says where the image goes.</summary>
    public bool HasAddresses => (Flags & AddressFields) != 0;

    /// <summary>Requirements of the image that no loader of this specification can meet.</summary>
    public uint NotUnderstood => Flags & MustBeUnderstood & ~Understood;

    /// <summary>Searches the first 8 KiB for a header, aligned to 4 bytes.</summary>
    public static MultibootHeader? Find(ReadOnlySpan<byte> file)
    {
        for (int at = 0; at < SearchLength && at + ShortLength <= file.Length; at += 4)
        {
            uint flags = U32(file, at + 4);
            if (U32(file, at) != Magic || Magic + flags + U32(file, at + 8) != 0) continue;
            bool whole = (flags & AddressFields) == 0 || at + LongLength <= file.Length;
            if (whole) return new MultibootHeader(at, flags, (flags & AddressFields) != 0 ? Fields(file, at) : default);
        }

        return null;
    }

    private static MultibootAddresses Fields(ReadOnlySpan<byte> file, int at) =>
        new(U32(file, at + 12), U32(file, at + 16), U32(file, at + 20), U32(file, at + 24), U32(file, at + 28));

    private static uint U32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);
}

/// <summary>The address fields of a multiboot header.</summary>
/// <param name="Header">Physical address of the header itself.</param>
/// <param name="Load">Where the loaded part begins.</param>
/// <param name="LoadEnd">Where it ends; 0: with the file.</param>
/// <param name="BssEnd">End of what is cleared behind it; 0: nothing is.</param>
/// <param name="Entry">The entry.</param>
internal readonly record struct MultibootAddresses(uint Header, uint Load, uint LoadEnd, uint BssEnd, uint Entry);
