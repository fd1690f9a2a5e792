using Vector20.Machine.Memory;
using Vector20.Machine.Memory.Paging;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Tests.Memory.Paging;

/// <summary>
/// What the paging-structure cache keeps is never seen. Each test walks to one page, so that the way to its table is kept, and then to another
/// page of the same table that the software TLB knows nothing of.
/// </summary>
[Manual("3A", "4.10.3", "Paging-Structure Caches")]
public class CachedTableTests
{
    private const ulong Linear = PagingGuest.Linear & ~0xFFFul, Neighbour = Linear + 0x1000, NeighboursEntry = 0x1000 + (Neighbour >> 12 & 0x1FF) * 8;

    [Fact]
    public void A_walk_is_kept_for_its_neighbours()
    {
        using PagingGuest guest = Walked();
        Assert.True(CachedTable.Slot(guest.P, Neighbour).Holds(guest.P, Neighbour));
        Assert.False(CachedTable.Slot(guest.P, Neighbour).Holds(guest.P, Neighbour + (1ul << 40)));
    }

    [Theory]
    [InlineData(2), InlineData(3), InlineData(4)]
    public void A_change_of_any_entry_above_counts_at_once(int level)
    {
        using PagingGuest guest = Walked();
        Assert.Null(guest.Access(AccessKind.Read, AccessMode.User, out _, Neighbour));
        guest[level] = 0;
        Assert.Equal(PageFaultCode.User, guest.Access(AccessKind.Read, AccessMode.User, out _, Neighbour + 0x1000));
        guest[level] = guest.Default(level) & ~PagingEntry.User;
        Assert.Equal(PageFaultCode.User | PageFaultCode.Present, guest.Access(AccessKind.Read, AccessMode.User, out _, Neighbour));
    }

    [Theory]
    [InlineData(2), InlineData(3), InlineData(4)]
    [Manual("3A", "4.6.1", "Determination of Access Rights")]
    public void What_the_entries_above_forbid_is_forbidden_the_neighbour(int level)
    {
        using PagingGuest guest = Walked(g => g[level] &= ~PagingEntry.Writable);
        Assert.Null(guest.Access(AccessKind.Read, AccessMode.User, out _, Neighbour));
        Assert.Equal(PageFaultCode.User | PageFaultCode.Present | PageFaultCode.Write, guest.Access(AccessKind.Write, AccessMode.User, out _, Neighbour));
    }

    [Theory]
    [InlineData(2), InlineData(3), InlineData(4)]
    [Manual("3A", "4.8", "Accessed and Dirty Flags")]
    public void After_a_fault_that_left_no_flag_the_neighbours_access_sets_all_of_them(int level)
    {
        using PagingGuest guest = Walked(g => g[1] = 0);
        Assert.Equal(0ul, guest[level] & PagingEntry.Accessed);
        Assert.Null(guest.Access(AccessKind.Read, AccessMode.User, out _, Neighbour));
        Assert.NotEqual(0ul, guest[level] & PagingEntry.Accessed);
    }

    /// <summary>A guest that has accessed <see cref="Linear"/>, twice, for the first set flags; and maps its neighbour, which it has not.</summary>
    private static PagingGuest Walked(Action<PagingGuest>? prepare = null)
    {
        var guest = new PagingGuest(PagingMode.FourLevel);
        guest.Computer.Memory.Write(new PhysicalAddress(NeighboursEntry), guest.Page + 0x1000 | PagingGuest.Permissive);
        prepare?.Invoke(guest);
        for (int i = 0; i < 2; i++) guest.Access(AccessKind.Read, AccessMode.User);
        return guest;
    }
}
