using System.Buffers.Binary;

namespace Vector20.Machine.Images;

/// <summary>The descriptor table an image is entered with: flat code and data, at the selectors of the Linux boot protocol.</summary>
internal static class BootGdt
{
    public const ushort CodeSelector = 0x10, DataSelector = 0x18;

    /// <summary>Its limit.</summary>
    public const ushort Limit = 4 * 8 - 1;

    /// <summary>The table.</summary>
    public static Piece Make(EntryWidth width)
    {
        var bytes = new byte[Limit + 1];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(CodeSelector), width == EntryWidth.Bits64 ? 0x00AF_9B00_0000_FFFFul : 0x00CF_9B00_0000_FFFFul);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(DataSelector), 0x00CF_9300_0000_FFFFul);
        return new Piece(LowMemory.Gdt, bytes, "boot descriptor table");
    }
}
