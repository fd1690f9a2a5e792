using System.Runtime.InteropServices;
using Vector20.Machine;
using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Mmu;

/// <summary>Where an entry lies and what it covers.</summary>
/// <param name="Address">The physical address of its eight bytes.</param>
/// <param name="Base">The first guest-physical address it covers.</param>
/// <param name="Level">Its level.</param>
public readonly record struct EntryLocation(PhysicalAddress Address, GuestPhysicalAddress Base, int Level)
{
    /// <summary>Bytes it covers.</summary>
    public ulong Size => Memslot.PageSize(Level);
}

/// <summary>One write of an entry.</summary>
/// <param name="Location">Where.</param>
/// <param name="State">What the new value means; null when it was put there by force.</param>
/// <param name="Old">The value before.</param>
/// <param name="New">The value after.</param>
public readonly record struct EntryWrite(EntryLocation Location, ShadowEntryState? State, ulong Old, ulong New);

/// <summary>
/// The EPT of a VM: the tables, how to find an entry in them, and the one function that every write of an entry passes.
/// What the hypervisor does to them is in the files beside this one.
/// </summary>
public sealed class ShadowMmu
{
    private const ulong WriteBackType = 6, AccessedDirtyFlags = 1 << 6;
    private readonly PhysicalMemory _memory;
    private readonly Action _flush;
    private readonly ShadowTables _tables;

    /// <summary>Makes an EPT that maps nothing.</summary>
    /// <param name="memory">The computer's RAM.</param>
    /// <param name="pages">Where tables are taken from.</param>
    /// <param name="slots">The guest's memory.</param>
    /// <param name="rules">How entries are made.</param>
    /// <param name="levels">4 or 5.</param>
    /// <param name="flush">Forgets every translation that the processors derived from this EPT.</param>
    public ShadowMmu(PhysicalMemory memory, HostPages pages, Memslots slots, ShadowRules rules, int levels, Action flush)
    {
        _memory = memory;
        _flush = flush;
        Pages = pages;
        Slots = slots;
        Rules = rules;
        Levels = levels;
        _tables = new ShadowTables();
        Root = pages.Take();
        Fill(Root, default, levels);
    }

    /// <summary>The same EPT in the memory of a fork.</summary>
    internal ShadowMmu(ShadowMmu original, PhysicalMemory memory, HostPages pages, Action flush)
    {
        _memory = memory;
        _flush = flush;
        Pages = pages;
        Slots = new Memslots(original.Slots);
        Rules = original.Rules;
        Levels = original.Levels;
        Root = original.Root;
        LargestPage = original.LargestPage;
        Interleaved = original.Interleaved;
        FaultsWait = original.FaultsWait;
        Freezing = [.. original.Freezing];
        foreach ((int slot, ulong[] log) in original.DirtyBitmaps) DirtyBitmaps.Add(slot, [.. log]);
        _tables = original._tables.Fork();
    }

    /// <summary>The guest's memory.</summary>
    public Memslots Slots { get; }

    /// <summary>How entries are made.</summary>
    public ShadowRules Rules { get; }

    /// <summary>4 or 5.</summary>
    public int Levels { get; }

    /// <summary>The root table.</summary>
    public PhysicalAddress Root { get; }

    /// <summary>The highest level of a page: 3 is 1 GiB.</summary>
    public int LargestPage { get; set; } = 3;

    /// <summary>Where the EPT is, in the format of the VMCS.</summary>
    [Manual("3C", "25.6.11", "Extended-Page-Table Pointer (EPTP)")]
    public ulong EptPointer => Root.Value | (Rules.AccessedDirty ? AccessedDirtyFlags : 0) | (uint)(Levels - 1) << 3 | WriteBackType;

    /// <summary>Told of every write of an entry, before it is made.</summary>
    public Action<EntryWrite>? Writing { get; set; }

    /// <summary>Whether <see cref="Writing"/> is told of the entries of a new table too, which no processor reaches yet.</summary>
    public bool TellsOfNewTables { get; set; } = true;

    /// <summary>
    /// Whether whoever steps the machine takes turns with the hypervisor after each entry: a fault then changes one entry and lets the guest fault
    /// again, and nobody ends an atomic zap on the guest's behalf.
    /// </summary>
    public bool Interleaved { get; set; }

    /// <summary>Whether faults of the guest wait for an operation that excludes them.</summary>
    internal bool FaultsWait { get; set; }

    /// <summary>The tables, by their physical addresses: the first guest-physical address and the level of each.</summary>
    public IReadOnlyDictionary<ulong, (ulong Base, int Level)> Tables => _tables.ByAddress;

    /// <summary>The tables by level and first address, wherever they lie.</summary>
    internal ReadOnlySpan<ShadowTable> TablesInOrder => _tables.InOrder;

    internal HostPages Pages { get; }

    /// <summary>The dirty pages of each slot that logs them: one bit a page.</summary>
    internal Dictionary<int, ulong[]> DirtyBitmaps { get; } = [];

    /// <summary>Zaps that have frozen their entry and not yet ended.</summary>
    internal List<EntryLocation> Freezing { get; } = [];

    /// <summary>Writes an entry in a state.</summary>
    internal void Set(in EntryLocation at, ShadowEntryState state, in ShadowMapping mapping = default) =>
        Write(at, state, ShadowEntry.Make(state, mapping, Rules));

    /// <summary>Writes a value that no state has, to see what the processor makes of it.</summary>
    public void Force(in EntryLocation at, ulong value)
    {
        Write(at, null, value);
        Flush();
    }

    /// <summary>Every write of an entry passes here. Nothing is flushed.</summary>
    internal void Write(in EntryLocation at, ShadowEntryState? state, ulong value)
    {
        Writing?.Invoke(new EntryWrite(at, state, Read(at), value));
        _memory.Write(at.Address, value);
    }

    /// <summary>The value of an entry.</summary>
    public ulong Read(in EntryLocation at) => _memory.Read<ulong>(at.Address);

    /// <summary>What an entry means.</summary>
    public ShadowEntryState StateOf(in EntryLocation at) => ShadowEntry.StateOf(Read(at), at.Level);

    /// <summary>The entry that decides about an address: the lowest one that existing tables lead to.</summary>
    public EntryLocation Find(GuestPhysicalAddress guest) => FindAt(guest, 1);

    /// <summary>The entry at a level on the way to an address, or the one above it that decides.</summary>
    internal EntryLocation FindAt(GuestPhysicalAddress guest, int level)
    {
        EntryLocation at = Entry(Root, guest, Levels);
        while (at.Level > level && StateOf(at) == ShadowEntryState.Table) at = Below(at, guest);
        return at;
    }

    /// <summary>Every entry from the root to the one that decides, for a dump.</summary>
    public IReadOnlyList<(int Level, ulong Value)> Walk(GuestPhysicalAddress guest)
    {
        var entries = new List<(int, ulong)>();
        EntryLocation at = Entry(Root, guest, Levels);
        while (true)
        {
            entries.Add((at.Level, Read(at)));
            if (StateOf(at) != ShadowEntryState.Table) return entries;
            at = Below(at, guest);
        }
    }

    /// <summary>The entry of the next level in the table that an entry references.</summary>
    internal EntryLocation Below(in EntryLocation at, GuestPhysicalAddress guest) =>
        Entry(TableBelow(at), guest, at.Level - 1);

    /// <summary>The table that an entry references.</summary>
    internal PhysicalAddress TableBelow(in EntryLocation at) => new(Read(at) & EptBits.Address);

    /// <summary>The entries of a table, from the lowest address up.</summary>
    internal static IEnumerable<EntryLocation> EntriesOf(PhysicalAddress table, GuestPhysicalAddress first, int level)
    {
        for (uint i = 0; i < 512; i++)
            yield return new EntryLocation(new PhysicalAddress(table.Value + i * 8), new GuestPhysicalAddress(first.Value + i * Memslot.PageSize(level)), level);
    }

    /// <summary>Takes a table of non-present entries for the range of an entry. Null when memory is used up.</summary>
    internal PhysicalAddress? NewTable(in EntryLocation above)
    {
        if (!Pages.TryTake(out PhysicalAddress table)) return null;
        Fill(table, above.Base, above.Level - 1);
        return table;
    }

    /// <summary>Gives a table back that nothing references any more.</summary>
    internal void ReturnTable(PhysicalAddress table)
    {
        _tables.Remove(table.Value);
        Pages.Return(table);
    }

    /// <summary>Makes the processors forget what they derived from the EPT.</summary>
    internal void Flush() => _flush();

    private static EntryLocation Entry(PhysicalAddress table, GuestPhysicalAddress guest, int level)
    {
        ulong index = guest.Value >> (12 + 9 * (level - 1)) & 511;
        var first = new GuestPhysicalAddress(guest.Value & ~(Memslot.PageSize(level) - 1));
        return new EntryLocation(new PhysicalAddress(table.Value + index * 8), first, level);
    }

    /// <summary>All entries at once: no processor reaches them yet.</summary>
    private void Fill(PhysicalAddress table, GuestPhysicalAddress first, int level)
    {
        _tables.Add(table.Value, first.Value, level);
        ulong value = ShadowEntry.Make(ShadowEntryState.NonPresent, default, Rules);
        if (Writing is not null && TellsOfNewTables)
            foreach (EntryLocation at in EntriesOf(table, first, level)) Writing(new EntryWrite(at, ShadowEntryState.NonPresent, Read(at), value));
        Span<ulong> entries = stackalloc ulong[512];
        entries.Fill(value);
        _memory.Write(table, MemoryMarshal.AsBytes(entries));
    }
}
