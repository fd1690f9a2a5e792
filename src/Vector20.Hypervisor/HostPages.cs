using Vector20.Machine.Memory;

namespace Vector20.Hypervisor;

/// <summary>Physical pages of the hypervisor's own, at the top of RAM where no slot reaches: EPT tables, VMCSs, bitmaps, #VE information areas.</summary>
public sealed class HostPages
{
    private readonly PhysicalMemory _memory;
    private readonly Stack<ulong> _free = new();
    private readonly ulong _end;
    private ulong _next;

    /// <summary>Takes the range <paramref name="start"/> to <paramref name="end"/>.</summary>
    public HostPages(PhysicalMemory memory, ulong start, ulong end)
    {
        _memory = memory;
        Start = _next = start;
        _end = end;
    }

    /// <summary>The lowest page.</summary>
    public ulong Start { get; }

    /// <summary>Pages that can still be taken.</summary>
    public int Available => _free.Count + (int)((_end - _next) >> 12);

    /// <summary>Takes a page of zeros. False when there is none left.</summary>
    public bool TryTake(out PhysicalAddress page)
    {
        if (_free.TryPop(out ulong address)) page = new PhysicalAddress(address);
        else if (_next < _end) page = new PhysicalAddress((_next += 0x1000) - 0x1000);
        else
        {
            page = default;
            return false;
        }

        Span<byte> zeros = stackalloc byte[0x1000];
        zeros.Clear();
        _memory.Write(page, zeros);
        return true;
    }

    /// <summary>Takes a page of zeros that the hypervisor cannot do without.</summary>
    public PhysicalAddress Take() =>
        TryTake(out PhysicalAddress page) ? page : throw new InvalidOperationException("the hypervisor's own memory is used up");

    /// <summary>Gives a page back.</summary>
    public void Return(PhysicalAddress page) => _free.Push(page.Value);
}
