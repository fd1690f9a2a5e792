using Vector20.Machine.Memory;

namespace Vector20.Machine.Images.Guests;

/// <summary>Identity page tables for the first 4 GiB: 4-KiB pages in the first 2 MiB (4 MiB with 32-bit paging), large pages above.</summary>
internal sealed class GuestPageTables(PhysicalMemory memory, bool userPages, IReadOnlyDictionary<ulong, ulong> entries)
{
    private const ulong Present = 1, Write = 2, User = 4, Large = 0x80;
    private const uint Top5 = GuestLayout.PageTables, Top4 = Top5 + 0x1000, Pointers = Top4 + 0x1000, Directories = Pointers + 0x1000, Table = Directories + 0x4000;

    /// <summary>Writes the tables and answers CR3.</summary>
    public ulong Write64(bool fiveLevel)
    {
        Entry(Top5, 0, Top4 | Present | Write | User);
        Entry(Top4, 0, Pointers | Present | Write | User);
        WriteDirectories(Present | Write | User);
        return fiveLevel ? Top5 : Top4;
    }

    /// <summary>Writes the tables of PAE paging and answers CR3.</summary>
    public ulong WritePae()
    {
        WriteDirectories(Present);
        return Pointers;
    }

    /// <summary>Writes the tables of 32-bit paging (4-MiB pages need CR4.PSE) and answers CR3.</summary>
    public ulong Write32()
    {
        for (uint i = 0; i < 1024; i++)
        {
            ulong entry = i == 0 ? Table | Present | Write | User : i << 22 | Present | Write | Large;
            memory.Write(new PhysicalAddress(Directories + i * 4), (uint)entry);
            memory.Write(new PhysicalAddress(Table + i * 4), (uint)PageEntry(i << 12));
        }

        return Directories;
    }

    private void WriteDirectories(ulong pointerFlags)
    {
        for (uint i = 0; i < 4; i++) Entry(Pointers, i, Directories + i * 0x1000 | pointerFlags);
        for (uint i = 0; i < 2048; i++) Entry(Directories, i, (ulong)i << 21 | Present | Write | Large);
        Entry(Directories, 0, Table | Present | Write | User);
        for (uint i = 0; i < 512; i++) Entry(Table, i, PageEntry(i << 12));
    }

    private ulong PageEntry(uint linear)
    {
        if (entries.TryGetValue(linear, out ulong own)) return own;
        bool user = userPages && GuestTables.IsUserMemory(linear);
        return linear | Present | Write | (user ? User : 0);
    }

    private void Entry(uint table, uint index, ulong value) => memory.Write(new PhysicalAddress(table + index * 8), value);
}
