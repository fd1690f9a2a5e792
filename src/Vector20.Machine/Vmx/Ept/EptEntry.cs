namespace Vector20.Machine.Vmx.Ept;

/// <summary>An EPT paging-structure entry. Level 1 is the EPT PTE, 2 the PDE, 3 the PDPTE, 4 the PML4E, 5 the PML5E.</summary>
/// <param name="Value">Its 64 bits.</param>
[Manual("3C", "29.3.2", "EPT Translation Mechanism")]
public readonly record struct EptEntry(ulong Value)
{
#pragma warning disable CS1591 // The manual's own names.
    public const ulong Read = 1, Write = 1 << 1, Execute = 1 << 2, IgnorePat = 1 << 6, PageSize = 1 << 7, Accessed = 1 << 8, Dirty = 1 << 9,
        ExecuteForUser = 1 << 10, SuppressVe = 1ul << 63;
#pragma warning restore CS1591

    /// <summary>Bits 51:12.</summary>
    public const ulong AddressMask = 0x000F_FFFF_FFFF_F000;

    /// <summary>Bits 5:3 of an entry that maps a page.</summary>
    public EptMemoryType MemoryType => (EptMemoryType)(Value >> 3 & 7);

    /// <summary>Whether the entry is present: with mode-based execute control bit 10 counts beside bits 2:0.</summary>
    public bool IsPresent(bool modeBasedExecute) => (Value & (modeBasedExecute ? Read | Write | Execute | ExecuteForUser : Read | Write | Execute)) != 0;

    /// <summary>Whether a present entry maps a page instead of referencing a table.</summary>
    public bool MapsPage(int level) => level == 1 || level <= 3 && (Value & PageSize) != 0;

    /// <summary>Where the page or table that a present entry references begins.</summary>
    public ulong Address(int level, bool mapsPage) => Value & AddressMask & (mapsPage ? ulong.MaxValue << PageShift(level) : ulong.MaxValue);

    /// <summary>Base-2 logarithm of the size of the page that an entry at a level maps.</summary>
    public static int PageShift(int level) => 12 + 9 * (level - 1);

    /// <summary>The bits that must be 0 in a present entry.</summary>
    public static ulong Reserved(int level, bool mapsPage, int physicalAddressBits)
    {
        ulong reserved = AddressMask & ulong.MaxValue << physicalAddressBits;
        if (!mapsPage) return reserved | (level >= 4 ? 0xF8ul : 0x78ul);
        return reserved | AddressMask & (1ul << PageShift(level)) - 1;
    }

    /// <summary>Whether a present entry has a setting reserved for the future.</summary>
    [Manual("3C", "29.3.3.1", "EPT Misconfigurations")]
    public bool IsMisconfigured(int level, bool mapsPage, int physicalAddressBits, bool modeBasedExecute, EptCapabilities capabilities)
    {
        if ((Value & Reserved(level, mapsPage, physicalAddressBits)) != 0) return true;
        if (level == 3 && mapsPage && (capabilities & EptCapabilities.Pages1GByte) == 0) return true;
        if (mapsPage && (int)MemoryType is 2 or 3 or 7) return true;
        if ((Value & Read) != 0) return false;
        ulong executes = Value & (modeBasedExecute ? Execute | ExecuteForUser : Execute);
        return (Value & Write) != 0 || executes != 0 && (capabilities & EptCapabilities.ExecuteOnly) == 0;
    }
}
