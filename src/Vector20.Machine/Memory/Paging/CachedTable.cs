using Vector20.Machine.Processors;

namespace Vector20.Machine.Memory.Paging;

/// <summary>
/// One entry of the paging-structure cache: how far a walk came for some 2 MiB of linear addresses before their last table. Tagged as the software
/// TLB is, so that whatever makes that forget makes this forget; and like that it agrees with the paging structures at all times, for
/// <see cref="PhysicalMemory.ReadEntry"/> has every write to an entry read there renew the generation.
/// </summary>
[Manual("3A", "4.10.3", "Paging-Structure Caches")]
internal struct CachedTable
{
    /// <summary>How many there are for each processor.</summary>
    public const int Count = 256;

    private const int RegionShift = 21;

    /// <summary>The physical address of the table.</summary>
    public ulong Table;

    /// <summary>Its level: 1, a page table, or 2, a page directory.</summary>
    public int Level;

    /// <summary>The AND and the OR of the entries that lead to it.</summary>
    public ulong All, Any;

    private ulong _tag;

    /// <summary>The one entry that may hold the way of a linear address.</summary>
    public static ref CachedTable Slot(Processor p, ulong linear) => ref p.CachedTables[(int)(linear >> RegionShift) & (Count - 1)];

    /// <summary>Whether it is the way of a linear address, now.</summary>
    public readonly bool Holds(Processor p, ulong linear) => _tag == Tag(p, linear);

    /// <summary>Makes it the way of a linear address.</summary>
    public void Fill(Processor p, ulong linear, ulong table, int level, in PageWalk walk)
    {
        _tag = Tag(p, linear);
        Table = table;
        Level = level;
        All = walk.All;
        Any = walk.Any;
    }

    /// <summary>The region's number, above the 12 bits of the generation.</summary>
    private static ulong Tag(Processor p, ulong linear) => linear >> RegionShift << 12 | p.TlbGeneration;
}
