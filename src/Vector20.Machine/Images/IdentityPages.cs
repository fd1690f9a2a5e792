using System.Buffers.Binary;

namespace Vector20.Machine.Images;

/// <summary>Page tables that map the first 4 GiB to themselves with 2-MiB pages, for images entered in 64-bit mode.</summary>
internal static class IdentityPages
{
    private const int TableSize = 0x1000;
    private const ulong PresentWritable = 3, LargePage = 1 << 7;

    [Manual("3A", "4.5.4", "Linear-Address Translation with 4-Level Paging and 5-Level Paging")]
    public static Piece Make()
    {
        var tables = new byte[6 * TableSize];
        Entry(tables, 0, LowMemory.PageTables + TableSize | PresentWritable);
        for (int gigabyte = 0; gigabyte < 4; gigabyte++)
            Entry(tables, TableSize + 8 * gigabyte, LowMemory.PageTables + (uint)(2 + gigabyte) * TableSize | PresentWritable);
        for (uint page = 0; page < 4 * 512; page++)
            Entry(tables, 2 * TableSize + 8 * (int)page, (ulong)page << 21 | LargePage | PresentWritable);
        return new Piece(LowMemory.PageTables, tables, "boot page tables");
    }

    private static void Entry(byte[] tables, int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(tables.AsSpan(offset), value);
}
