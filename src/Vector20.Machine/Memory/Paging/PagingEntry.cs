namespace Vector20.Machine.Memory.Paging;

/// <summary>The bits of a paging-structure entry, and what of it each mode and level defines. Level 1 is the PTE, 5 the PML5E.</summary>
[Manual("3A", "4.3", "32-Bit Paging")]
[Manual("3A", "4.4.2", "Linear-Address Translation with PAE Paging")]
[Manual("3A", "4.5.4", "Linear-Address Translation with 4-Level Paging and 5-Level Paging")]
internal static class PagingEntry
{
#pragma warning disable CS1591 // The manual's own names.
    public const ulong Present = 1, Writable = 1 << 1, User = 1 << 2, Accessed = 1 << 5, Dirty = 1 << 6, PageSize = 1 << 7, Global = 1 << 8,
        ExecuteDisable = 1ul << 63;
#pragma warning restore CS1591

    /// <summary>Bits 51:12: where 8-byte entries hold an address.</summary>
    public const ulong AddressMask = 0x000F_FFFF_FFFF_F000;

    /// <summary>The protection key, bits 62:59 of an entry that maps a page.</summary>
    public static int ProtectionKey(ulong entry) => (int)(entry >> 59) & 15;

    /// <summary>Whether an entry maps a page instead of referencing a table.</summary>
    public static bool MapsPage(PagingMode mode, int level, ulong entry, bool pageSizeExtensions)
    {
        if (level == 1) return true;
        if ((entry & PageSize) == 0) return false;
        if (mode == PagingMode.Bits32) return pageSizeExtensions;
        return level == 2 || level == 3 && mode >= PagingMode.FourLevel;
    }

    /// <summary>The base-2 logarithm of the size of the page that an entry at a level maps.</summary>
    public static int PageShift(PagingMode mode, int level) =>
        mode == PagingMode.Bits32 ? (level == 1 ? 12 : 22) : 12 + 9 * (level - 1);

    /// <summary>The bits that must be 0 in a present entry.</summary>
    public static ulong Reserved(PagingMode mode, int level, bool mapsPage, int physicalAddressBits, bool executeDisable)
    {
        if (mode == PagingMode.Bits32) return level == 2 && mapsPage ? ReservedOf4MBytePage(physicalAddressBits) : 0;
        ulong reserved = Bits(mode == PagingMode.Pae ? 62 : 51, physicalAddressBits);
        if (!executeDisable) reserved |= ExecuteDisable;
        if (level >= 4) return reserved | PageSize;
        return level > 1 && mapsPage ? reserved | Bits(PageShift(mode, level) - 1, 13) : reserved;
    }

    /// <summary>Where the page or table that an entry references begins.</summary>
    public static ulong Address(PagingMode mode, int level, bool mapsPage, ulong entry)
    {
        if (mode != PagingMode.Bits32) return entry & AddressMask & (mapsPage ? ulong.MaxValue << PageShift(mode, level) : ulong.MaxValue);
        if (level == 1 || !mapsPage) return entry & 0xFFFF_F000;
        return entry & 0xFFC0_0000 | (entry & Bits(20, 13)) << (32 - 13);
    }

    /// <summary>PSE-36: bits 20:13 hold bits 39:32 of the address, as far as physical addresses reach; bit 21 is reserved.</summary>
    private static ulong ReservedOf4MBytePage(int physicalAddressBits) => Bits(21, 13 + Math.Min(physicalAddressBits, 40) - 32);

    /// <summary>Bits <paramref name="high"/> down to <paramref name="low"/>; none if high is below low.</summary>
    private static ulong Bits(int high, int low) => high < low ? 0 : ulong.MaxValue >> (63 - high) & ulong.MaxValue << low;
}
