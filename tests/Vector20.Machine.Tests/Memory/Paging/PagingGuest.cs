using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Memory.Paging;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Tests.Memory.Paging;

/// <summary>
/// A computer with one linear address mapped in a paging mode: a table per level, each with one entry that a test may set. Level 1
/// is the PTE. Table n lies at n * 1000H; the page at 200000H for small pages, at a multiple of its size for large ones.
/// </summary>
internal sealed class PagingGuest : IDisposable
{
    public const ulong Linear = 0x4040_3123, Permissive = PagingEntry.Present | PagingEntry.Writable | PagingEntry.User;

    private readonly FramePool _pool = new();
    private readonly int _leafLevel;

    public PagingGuest(PagingMode mode, int leafLevel = 1, ulong memory = 8 << 20)
    {
        Mode = mode;
        _leafLevel = leafLevel;
        Computer = new Computer(new ComputerOptions { MemorySize = memory }, _pool);
        P.ControlRegister0 = Cr0.PE | Cr0.PG;
        P.ControlRegister4 = mode switch
        {
            PagingMode.Bits32 => Cr4.PSE,
            PagingMode.FiveLevel => Cr4.PAE | Cr4.LA57,
            _ => Cr4.PAE,
        };
        P.ExtendedFeatures = mode >= PagingMode.FourLevel ? Efer.LMA | Efer.LME : 0;
        P.ControlRegister3 = (ulong)Top << 12;
        for (int level = leafLevel; level <= Top; level++) this[level] = Default(level);
        P.PaePdptes[1] = 2 << 12 | PagingEntry.Present;
        P.FlushTlb();
    }

    public Computer Computer { get; }

    public Processor P => Computer.Processors[0];

    public PagingMode Mode { get; }

    /// <summary>The level of the first table in memory.</summary>
    public int Top => Mode switch { PagingMode.FiveLevel => 5, PagingMode.FourLevel => 4, _ => 2 };

    /// <summary>Where the page begins that the linear address is mapped to.</summary>
    public ulong Page => _leafLevel switch { 1 => 0x20_0000, 2 => 0x40_0000, _ => 0 };

    /// <summary>The entry at a level on the way to <see cref="Linear"/>.</summary>
    public ulong this[int level]
    {
        get => Mode == PagingMode.Bits32 ? Computer.Memory.Read<uint>(At(level)) : Computer.Memory.Read<ulong>(At(level));
        set
        {
            if (Mode == PagingMode.Bits32) Computer.Memory.Write(At(level), (uint)value);
            else Computer.Memory.Write(At(level), value);
        }
    }

    /// <summary>An entry at a level that allows everything.</summary>
    public ulong Default(int level) =>
        level == _leafLevel ? Page | Permissive | (level > 1 ? PagingEntry.PageSize : 0) : (ulong)(level - 1) << 12 | Permissive;

    /// <summary>Translates, and returns null or the error code of the page fault.</summary>
    public PageFaultCode? Access(AccessKind kind, AccessMode mode, out PhysicalAddress physical, ulong linear = Linear)
    {
        P.StopReason = StopReason.None;
        if (LinearTranslation.Translate(P, new LinearAddress(linear), new Access(kind, mode), out physical)) return null;
        Assert.Equal(StopReason.Event, P.StopReason);
        Assert.Equal((byte)ExceptionVector.PageFault, P.Raised.Vector);
        Assert.Equal(linear, P.Raised.Payload);
        return (PageFaultCode)P.Raised.ErrorCode;
    }

    public PageFaultCode? Access(AccessKind kind, AccessMode mode) => Access(kind, mode, out _);

    public void Dispose()
    {
        Computer.Dispose();
        _pool.Dispose();
    }

    private PhysicalAddress At(int level) => new(((ulong)level << 12) + (Mode == PagingMode.Bits32
        ? (Linear >> (2 + 10 * level) & 0x3FF) << 2
        : (Linear >> (3 + 9 * level) & 0x1FF) << 3));
}
