using Vector20.Machine.Images.Firmware;

namespace Vector20.Machine.Images.Linux;

/// <summary>The 4-KiB page of boot parameters that a Linux image is entered with.</summary>
internal static class ZeroPage
{
    private const int E820Count = 0x1E8, E820Table = 0x2D0, E820Entry = 20;
    private const byte UnknownLoader = 0xFF;

    /// <summary>Makes the page.</summary>
    /// <param name="header">The image's setup header from 0x1F1 on, or nothing.</param>
    /// <param name="loadAddress">Where the protected-mode kernel is.</param>
    /// <param name="disk">The initial RAM disk.</param>
    /// <param name="options">Memory size.</param>
    public static byte[] Make(ReadOnlySpan<byte> header, ulong loadAddress, RamDisk disk, BootOptions options)
    {
        var page = new RecordWriter(0x1000);
        header.CopyTo(page.Bytes.AsSpan(LinuxSetup.Offset));
        TextScreen(page)
            .U64(0x070, FirmwareTables.RootPointer)
            .U8(0x210, UnknownLoader)
            .U32(0x214, (uint)loadAddress)
            .U32(0x218, (uint)disk.Address)
            .U32(0x21C, (uint)disk.Length)
            .U32(0x228, LowMemory.CommandLine);
        IReadOnlyList<MemoryRange> map = MemoryMap.Of(options.MemorySize);
        page.U8(E820Count, (byte)map.Count);
        for (int i = 0; i < map.Count; i++)
        {
            int at = E820Table + i * E820Entry;
            page.U64(at, map[i].Start).U64(at + 8, map[i].Length).U32(at + 16, (uint)map[i].Type);
        }

        return page.Bytes;
    }

    /// <summary>The VGA text mode that the machine starts in: mode 3, 80 x 25, 16-line characters.</summary>
    private static RecordWriter TextScreen(RecordWriter page) =>
        page.U8(0x06, 3).U8(0x07, 80).U8(0x0E, 25).U8(0x0F, 1).U16(0x10, 16);
}
