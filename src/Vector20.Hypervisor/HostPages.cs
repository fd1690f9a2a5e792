using Vector20.Machine.Memory;

namespace Vector20.Hypervisor;

/// <summary>Physical pages of the hypervisor's own, at the top of RAM where no slot reaches: EPT tables, VMCSs, bitmaps, #VE information areas.</summary>
public sealed class HostPages
{
    private readonly PhysicalMemory _memory;
    private readonly ulong _start, _end;
    private ulong _next;
    private FreePage? _free;
    private int _freeCount;

    /// <summary>Takes the RAM from one offset to another: the n-th bytes of RAM, whatever their addresses.</summary>
    public HostPages(PhysicalMemory memory, ulong start, ulong end)
    {
        _memory = memory;
        _next = _start = start;
        _end = end;
    }

    /// <summary>The same pages in the memory of a fork.</summary>
    internal HostPages(HostPages original, PhysicalMemory memory)
    {
        _memory = memory;
        _free = original._free;
        _freeCount = original._freeCount;
        _next = original._next;
        _start = original._start;
        _end = original._end;
    }

    /// <summary>Bytes that the hypervisor keeps of a computer's RAM: tables for all of it in small pages, and room.</summary>
    public static ulong ReservedOf(ulong memory) =>
        memory < 32 << 20 ? 256 << 10 : (memory / 512 + (2 << 20) - 1 & ~((2ul << 20) - 1)) + (2 << 20);

    /// <summary>The physical address of the n-th byte of RAM: RAM has a hole for devices.</summary>
    private static ulong Physical(ulong offset) => offset < PhysicalMemory.HoleStart ? offset : offset + (PhysicalMemory.HoleEnd - PhysicalMemory.HoleStart);

    /// <summary>Which byte of RAM is at a physical address: <see cref="Physical"/> the other way.</summary>
    private static ulong OffsetOf(ulong physical) => physical < PhysicalMemory.HoleStart ? physical : physical - (PhysicalMemory.HoleEnd - PhysicalMemory.HoleStart);

    /// <summary>Pages that can still be taken.</summary>
    public int Available => _freeCount + (int)((_end - _next) >> 12);

    /// <summary>Whether a page is one of these.</summary>
    internal bool Contains(ulong page)
    {
        ulong offset = OffsetOf(page);
        return offset >= _start && offset < _end;
    }

    /// <summary>Whether a page is one of these and not taken.</summary>
    internal bool IsFree(ulong page)
    {
        ulong offset = OffsetOf(page);
        if (offset >= _next && offset < _end) return true;
        for (FreePage? free = _free; free is not null; free = free.Below)
            if (free.Address == page) return true;
        return false;
    }

    /// <summary>Takes a page of zeros. False when there is none left.</summary>
    public bool TryTake(out PhysicalAddress page)
    {
        if (_free is { } free)
        {
            page = new PhysicalAddress(free.Address);
            _free = free.Below;
            _freeCount--;
        }
        else if (_next < _end) page = new PhysicalAddress(Physical((_next += 0x1000) - 0x1000));
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
    public void Return(PhysicalAddress page)
    {
        _free = new FreePage(page.Value, _free);
        _freeCount++;
    }

    /// <summary>A page that was given back, on top of those given back before it. It never changes, so forks share it.</summary>
    private sealed record FreePage(ulong Address, FreePage? Below);
}
