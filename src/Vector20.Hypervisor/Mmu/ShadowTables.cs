namespace Vector20.Hypervisor.Mmu;

/// <summary>One table of an EPT.</summary>
/// <param name="Address">Its physical address.</param>
/// <param name="Base">The first guest-physical address it is about.</param>
/// <param name="Level">The level of its entries.</param>
internal readonly record struct ShadowTable(ulong Address, ulong Base, int Level);

/// <summary>Which pages are tables of an EPT. Forks share the list until one of them changes it.</summary>
internal sealed class ShadowTables
{
    private Dictionary<ulong, (ulong Base, int Level)> _byAddress = [];
    private ShadowTable[]? _inOrder;
    private bool _shared;

    /// <summary>The tables, by their physical addresses.</summary>
    public IReadOnlyDictionary<ulong, (ulong Base, int Level)> ByAddress => _byAddress;

    /// <summary>The tables by level and first address, wherever they lie.</summary>
    public ReadOnlySpan<ShadowTable> InOrder =>
        _inOrder ??= [.. _byAddress.Select(t => new ShadowTable(t.Key, t.Value.Base, t.Value.Level)).OrderBy(t => (t.Level, t.Base))];

    /// <summary>The same tables for a fork.</summary>
    public ShadowTables Fork()
    {
        _shared = true;
        return new ShadowTables { _byAddress = _byAddress, _inOrder = _inOrder, _shared = true };
    }

    /// <summary>A page becomes a table.</summary>
    public void Add(ulong address, ulong first, int level)
    {
        BeginChange();
        _byAddress[address] = (first, level);
    }

    /// <summary>A page is no table any more.</summary>
    public void Remove(ulong address)
    {
        BeginChange();
        _byAddress.Remove(address);
    }

    private void BeginChange()
    {
        if (_shared) _byAddress = new Dictionary<ulong, (ulong, int)>(_byAddress);
        _shared = false;
        _inOrder = null;
    }
}
