using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Mmu;

/// <summary>A range of guest-physical memory and the host memory behind it. What no slot covers is MMIO.</summary>
/// <param name="Id">Its number.</param>
/// <param name="GuestBase">The first guest-physical address.</param>
/// <param name="Size">Bytes, a multiple of 4096.</param>
/// <param name="HostBase">The physical address behind <paramref name="GuestBase"/>.</param>
/// <param name="ReadOnly">A write exits to be emulated: ROM.</param>
/// <param name="LogDirtyPages">Write permission is given page by page, and each given page recorded.</param>
public sealed record Memslot(int Id, ulong GuestBase, ulong Size, ulong HostBase, bool ReadOnly = false, bool LogDirtyPages = false)
{
    /// <summary>Whether an address is inside.</summary>
    public bool Contains(ulong guest) => guest - GuestBase < Size;

    /// <summary>The host address behind a guest-physical one.</summary>
    public PhysicalAddress Translate(ulong guest) => new(guest - GuestBase + HostBase);

    /// <summary>The highest level at which the page around an address lies inside the slot, aligned alike on both sides.</summary>
    public int HighestLevel(ulong guest, int limit)
    {
        int level = 1;
        for (int next = 2; next <= limit; next++)
        {
            ulong size = PageSize(next), start = guest & ~(size - 1);
            bool inside = start >= GuestBase && start - GuestBase + size <= Size;
            if (!inside || ((GuestBase ^ HostBase) & size - 1) != 0) break;
            level = next;
        }

        return level;
    }

    /// <summary>Bytes that an entry of a level covers.</summary>
    public static ulong PageSize(int level) => 1ul << (12 + 9 * (level - 1));
}

/// <summary>The slots of a VM.</summary>
public sealed class Memslots
{
    private readonly List<Memslot> _slots = [];
    private Memslot[] _byId = [];
    private Memslot? _last;

    /// <summary>No slots.</summary>
    public Memslots()
    {
    }

    /// <summary>The same slots, for a fork of the VM.</summary>
    internal Memslots(Memslots original)
    {
        _slots = [.. original._slots];
        _byId = original._byId;
        Generation = original.Generation;
    }

    /// <summary>Counts changes: an MMIO entry made under another generation is stale.</summary>
    public uint Generation { get; private set; }

    /// <summary>All of them.</summary>
    public IReadOnlyList<Memslot> All => _slots;

    /// <summary>All of them in the order of their numbers.</summary>
    internal ReadOnlySpan<Memslot> ById => _byId;

    /// <summary>The slot of a number, or null.</summary>
    public Memslot? Numbered(int id) => _slots.Find(slot => slot.Id == id);

    /// <summary>The slot that covers a guest-physical address, or null: MMIO.</summary>
    public Memslot? Find(ulong guest)
    {
        if (_last is { } last && last.Contains(guest)) return last;
        foreach (Memslot slot in _slots)
            if (slot.Contains(guest)) return _last = slot;
        return null;
    }

    /// <summary>Adds a slot, or replaces the one with the same number.</summary>
    internal void Set(Memslot slot)
    {
        _slots.RemoveAll(s => s.Id == slot.Id);
        if (_slots.Exists(s => s.GuestBase < slot.GuestBase + slot.Size && slot.GuestBase < s.GuestBase + s.Size))
            throw new ArgumentException($"slot {slot.Id} overlaps another", nameof(slot));
        _slots.Add(slot);
        Changed();
    }

    /// <summary>Removes a slot.</summary>
    internal void Remove(int id)
    {
        _slots.RemoveAll(s => s.Id == id);
        Changed();
    }

    private void Changed()
    {
        _last = null;
        _byId = [.. _slots.OrderBy(slot => slot.Id)];
        Generation = Generation + 1 & MmioGeneration.Mask;
    }
}
