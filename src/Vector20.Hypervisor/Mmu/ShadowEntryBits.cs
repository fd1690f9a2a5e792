using Vector20.Machine;

namespace Vector20.Hypervisor.Mmu;

/// <summary>The bits of an entry that the processor gives a meaning.</summary>
[Manual("3C", "29.3.2", "EPT Translation Mechanism")]
public static class EptBits
{
#pragma warning disable CS1591 // The manual's own names.
    public const ulong Read = 1ul << 0, Write = 1ul << 1, Execute = 1ul << 2, Permissions = Read | Write | Execute, MemoryTypeWriteBack = 6ul << 3,
        IgnorePat = 1ul << 6, Leaf = 1ul << 7, Accessed = 1ul << 8, Dirty = 1ul << 9, SuppressVe = 1ul << 63;
#pragma warning restore CS1591

    /// <summary>Bits 51:12: the address of a page or of a table.</summary>
    public const ulong Address = 0x000F_FFFF_FFFF_F000;
}

/// <summary>The bits of an entry that the processor ignores and the hypervisor uses, where Linux has them.</summary>
public static class SoftwareBits
{
    /// <summary>The entry maps memory or references a table, whatever bits 2:0 say now.</summary>
    public const ulong Present = 1ul << 11;

    /// <summary>Accessed and dirty flags are off for the entry.</summary>
    public const ulong NoAccessedDirty = 1ul << 52;

    /// <summary>The slot may be written.</summary>
    public const ulong HostWritable = 1ul << 57;

    /// <summary>Write permission may be given back on the next write without more ado.</summary>
    public const ulong Writable = 1ul << 58;

    /// <summary>Where an access-tracked entry saves bits 2:0 (read and execute; write comes back by a fault).</summary>
    public const int SavedShift = 54;

    /// <summary>What makes a frozen entry one: a value that no other entry has.</summary>
    public const ulong Frozen = 0x5A0;
}
