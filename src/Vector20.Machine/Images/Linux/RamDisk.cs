using Vector20.Machine.Memory;

namespace Vector20.Machine.Images.Linux;

/// <summary>The initial RAM disk in its place, as high as it may lie; or none.</summary>
internal sealed record RamDisk(ulong Address, ulong Length, IReadOnlyList<Piece> Pieces)
{
    private static readonly RamDisk s_none = new(0, 0, []);

    /// <summary>Places the disk above an image.</summary>
    public static Parsed<RamDisk> Place(BootOptions options, ulong imageEnd, uint lastAddress)
    {
        if (options.Modules.Count == 0) return s_none;
        if (options.Modules.Count > 1) return new ImageError("--initrd", "a Linux image takes one RAM disk", "give one file");
        ImageFile file = options.Modules[0].File;
        ulong length = (ulong)file.Bytes.Length;
        ulong top = Math.Min(Math.Min(options.MemorySize, PhysicalMemory.HoleStart), (ulong)lastAddress + 1);
        ulong address = top - Math.Min(top, length) & ~0xFFFul;
        if (address < imageEnd || address + length > top)
            return file.Refuse($"its {length} bytes do not fit between the kernel's end at 0x{imageEnd:x} and 0x{top:x}", "give the machine more memory (-m)");
        return new RamDisk(address, length, [new Piece(address, file.Bytes, "the initial RAM disk")]);
    }
}
