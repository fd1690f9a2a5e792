using System.Runtime.CompilerServices;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Memory.Paging;

/// <summary>How a walk through the paging structures ended.</summary>
internal enum WalkEnd : byte
{
    /// <summary>At an entry that maps a page.</summary>
    Mapped,

    /// <summary>At an entry with P = 0.</summary>
    NotPresent,

    /// <summary>At an entry with a reserved bit set.</summary>
    Reserved,

    /// <summary>At an entry that could not be read: an EPT violation or misconfiguration is recorded.</summary>
    Exited,
}

/// <summary>An entry that a walk used: its guest-physical address, and what it held.</summary>
internal struct UsedEntry
{
    public ulong Address, Value;
}

/// <summary>One walk through the guest's paging structures: the entries used, and what came of it.</summary>
internal struct PageWalk
{
    /// <summary>
    /// The entries in the order of use. PDPTE registers are not memory, so not among them; nor are those that the paging-structure cache
    /// stood for, of a page whose accessed flags are set that far.
    /// </summary>
    public EntryTrail Entries;

    /// <summary>How many of <see cref="Entries"/> were used.</summary>
    public int Count;

    /// <summary>The AND and the OR of the entries.</summary>
    public ulong All, Any;

    /// <summary>Where the linear address is, when a page maps it.</summary>
    public ulong GuestPhysical;

    /// <summary>The last entry used.</summary>
    public readonly ulong Leaf => Entries[Count - 1].Value;

    /// <summary>Walks from CR3, or the PDPTE registers, to the entry that maps the page.</summary>
    [Manual("3A", "4.3", "32-Bit Paging")]
    [Manual("3A", "4.4.2", "Linear-Address Translation with PAE Paging")]
    [Manual("3A", "4.5.4", "Linear-Address Translation with 4-Level Paging and 5-Level Paging")]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static WalkEnd Run(Processor p, ulong linear, in PagingControls controls, out PageWalk walk)
    {
        Unsafe.SkipInit(out walk);
        walk.Count = 0;
        PhysicalMemory? memory = EptTranslation.InUse(p) ? null : p.Computer.Memory;
        if (memory is not null && controls.Mode >= PagingMode.FourLevel)
        {
            ref CachedTable cached = ref CachedTable.Slot(p, linear);
            if (cached.Holds(p, linear))
            {
                ulong all = walk.All = cached.All;
                walk.Any = cached.Any;
                WalkEnd end = Descend(p, linear, controls, memory, cached.Level, cached.Table, ref walk);
                if (end != WalkEnd.Mapped || (all & PagingEntry.Accessed) != 0) return end;
                walk.Count = 0;
            }
        }

        walk.All = walk.Any = 0;
        if (!Root(p, linear, controls.Mode, out ulong root)) return WalkEnd.NotPresent;
        walk.All = ulong.MaxValue;
        return Descend(p, linear, controls, memory, EntryFormat.Top(controls.Mode), root, ref walk);
    }

    /// <summary>From a table of a level down. <paramref name="memory"/> is null where EPT has its say in the reading of each entry; no such walk is cached.</summary>
    private static WalkEnd Descend(
        Processor p, ulong linear, in PagingControls controls, PhysicalMemory? memory, int level, ulong table, ref PageWalk walk)
    {
        PagingMode mode = controls.Mode;
        ulong uncommon = PagingEntry.PageSize | ulong.MaxValue << p.Model.PhysicalAddressBits;
        for (; ; level--)
        {
            ulong address = table + EntryFormat.Offset(mode, level, linear);
            ulong entry;
            if (memory is not null) entry = memory.ReadEntry(address);
            else if (GuestEntries.Read(p, address, linear) is { } read) entry = read;
            else return WalkEnd.Exited;
            if (mode == PagingMode.Bits32) entry = (uint)(entry >> (int)(address & 4) * 8);
            ref UsedEntry used = ref walk.Entries[walk.Count++];
            used.Address = address;
            used.Value = entry;
            if ((entry & PagingEntry.Present) == 0) return WalkEnd.NotPresent;
            walk.All &= entry;
            walk.Any |= entry;
            if (level > 1 && (entry & uncommon) == 0)
            {
                table = entry & PagingEntry.AddressMask;
                if (level is 2 or 3 && mode >= PagingMode.FourLevel && memory is not null) CachedTable.Slot(p, linear).Fill(p, linear, table, level - 1, walk);
                continue;
            }

            EntryFormat format = EntryFormat.Of(p, controls);
            bool mapsPage = format.MapsPage(level, entry);
            if ((entry & format.Reserved(level, mapsPage)) != 0) return WalkEnd.Reserved;
            table = format.Address(level, mapsPage, entry);
            if (!mapsPage) continue;
            walk.GuestPhysical = table | linear & (1ul << format.PageShift(level)) - 1;
            return WalkEnd.Mapped;
        }
    }

    /// <summary>The first table. False under PAE paging when the PDPTE register is not present.</summary>
    private static bool Root(Processor p, ulong linear, PagingMode mode, out ulong table)
    {
        ulong root = mode == PagingMode.Pae ? p.PaePdptes[(int)(linear >> 30) & 3] : p.ControlRegister3 | PagingEntry.Present;
        table = root & (mode == PagingMode.Bits32 ? 0xFFFF_F000 : PagingEntry.AddressMask);
        return (root & PagingEntry.Present) != 0;
    }
}

/// <summary>Up to five entries, root first.</summary>
[InlineArray(5)]
internal struct EntryTrail
{
    private UsedEntry _first;
}
