namespace Vector20.Machine.Memory.Paging;

/// <summary>The bits of a paging-structure entry that mean the same in every mode and at every level.</summary>
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
}
