using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Models;

namespace Vector20.Machine.Memory.Paging;

/// <summary>What the entries of a paging mode look like. Level 1 is the PTE, 2 the PDE, 3 the PDPTE, 4 the PML4E, 5 the PML5E.</summary>
/// <param name="Mode">The paging mode.</param>
/// <param name="PhysicalAddressBits">MAXPHYADDR.</param>
/// <param name="ExecuteDisable">EFER.NXE: bit 63 is defined.</param>
/// <param name="PageSizeExtensions">CR4.PSE: 32-bit paging has 4-MByte pages.</param>
/// <param name="Pages1GByte">4-level and 5-level paging have 1-GByte pages.</param>
[Manual("3A", "4.3", "32-Bit Paging")]
[Manual("3A", "4.4.2", "Linear-Address Translation with PAE Paging")]
[Manual("3A", "4.5.4", "Linear-Address Translation with 4-Level Paging and 5-Level Paging")]
internal readonly record struct EntryFormat(PagingMode Mode, int PhysicalAddressBits, bool ExecuteDisable, bool PageSizeExtensions, bool Pages1GByte)
{
    /// <summary>The format for a processor now.</summary>
    public static EntryFormat Of(Processor p, in PagingControls controls) => new(
        controls.Mode, p.Model.PhysicalAddressBits, controls.ExecuteDisable, controls.PageSizeExtensions, p.Model.Has(CpuFeature.Page1Gb));

    /// <summary>The level of the first table in memory.</summary>
    public static int Top(PagingMode mode) => mode switch { PagingMode.FiveLevel => 5, PagingMode.FourLevel => 4, _ => 2 };

    /// <summary>The offset in its table of the entry that an address selects.</summary>
    public static ulong Offset(PagingMode mode, int level, ulong linear) => mode == PagingMode.Bits32
        ? (linear >> (2 + 10 * level) & 0x3FF) << 2
        : (linear >> (3 + 9 * level) & 0x1FF) << 3;

    /// <summary>Whether an entry maps a page instead of referencing a table.</summary>
    public bool MapsPage(int level, ulong entry)
    {
        if (level == 1) return true;
        if ((entry & PagingEntry.PageSize) == 0) return false;
        if (Mode == PagingMode.Bits32) return PageSizeExtensions;
        return level == 2 || level == 3 && Mode >= PagingMode.FourLevel;
    }

    /// <summary>The base-2 logarithm of the size of the page that an entry at a level maps.</summary>
    public int PageShift(int level) => Mode == PagingMode.Bits32 ? (level == 1 ? 12 : 22) : 12 + 9 * (level - 1);

    /// <summary>The bits that must be 0 in a present entry.</summary>
    public ulong Reserved(int level, bool mapsPage)
    {
        if (Mode == PagingMode.Bits32) return level == 2 && mapsPage ? ReservedOf4MBytePage : 0;
        ulong reserved = Bits(Mode == PagingMode.Pae ? 62 : 51, PhysicalAddressBits);
        if (!ExecuteDisable) reserved |= PagingEntry.ExecuteDisable;
        if (level >= 4 || level == 3 && !Pages1GByte) return reserved | PagingEntry.PageSize;
        return level > 1 && mapsPage ? reserved | Bits(PageShift(level) - 1, 13) : reserved;
    }

    /// <summary>Where the page or table that an entry references begins.</summary>
    public ulong Address(int level, bool mapsPage, ulong entry)
    {
        if (Mode != PagingMode.Bits32) return entry & PagingEntry.AddressMask & (mapsPage ? ulong.MaxValue << PageShift(level) : ulong.MaxValue);
        if (level == 1 || !mapsPage) return entry & 0xFFFF_F000;
        return entry & 0xFFC0_0000 | (entry & Bits(20, 13)) << (32 - 13);
    }

    /// <summary>PSE-36: bits 20:13 hold bits 39:32 of the address, as far as physical addresses reach; bit 21 is reserved.</summary>
    private ulong ReservedOf4MBytePage => Bits(21, 13 + Math.Min(PhysicalAddressBits, 40) - 32);

    /// <summary>Bits <paramref name="high"/> down to <paramref name="low"/>; none if high is below low.</summary>
    private static ulong Bits(int high, int low) => high < low ? 0 : ulong.MaxValue >> (63 - high) & ulong.MaxValue << low;
}
