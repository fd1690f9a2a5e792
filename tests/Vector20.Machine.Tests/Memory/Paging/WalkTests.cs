using Vector20.Machine.Memory;
using Vector20.Machine.Memory.Paging;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Tests.Memory.Paging;

[Manual("3A", "4.3", "32-Bit Paging")]
[Manual("3A", "4.4.2", "Linear-Address Translation with PAE Paging")]
[Manual("3A", "4.5.4", "Linear-Address Translation with 4-Level Paging and 5-Level Paging")]
public class WalkTests
{
    private const ulong A = PagingEntry.Accessed, D = PagingEntry.Dirty;

    /// <summary>Every paging mode with every page size.</summary>
    public static TheoryData<int, int> Shapes => new()
    {
        { (int)PagingMode.Bits32, 1 }, { (int)PagingMode.Bits32, 2 }, { (int)PagingMode.Pae, 1 }, { (int)PagingMode.Pae, 2 },
        { (int)PagingMode.FourLevel, 1 }, { (int)PagingMode.FourLevel, 2 }, { (int)PagingMode.FourLevel, 3 },
        { (int)PagingMode.FiveLevel, 1 }, { (int)PagingMode.FiveLevel, 2 }, { (int)PagingMode.FiveLevel, 3 },
    };

    [Theory, MemberData(nameof(Shapes))]
    public void A_mapped_address_keeps_its_offset_in_the_page(int mode, int leaf)
    {
        using var guest = new PagingGuest((PagingMode)mode, leaf);
        Assert.Null(guest.Access(AccessKind.Read, AccessMode.User, out PhysicalAddress physical));
        int shift = leaf == 1 ? 12 : guest.Mode == PagingMode.Bits32 ? 22 : leaf == 2 ? 21 : 30;
        Assert.Equal(guest.Page | PagingGuest.Linear & (1ul << shift) - 1, physical.Value);
    }

    [Theory, MemberData(nameof(Shapes))]
    public void An_entry_that_is_not_present_faults_whatever_its_other_bits(int mode, int leaf)
    {
        for (int level = leaf; level <= new PagingGuest((PagingMode)mode, leaf).Top; level++)
        {
            using var guest = new PagingGuest((PagingMode)mode, leaf);
            guest[level] = ulong.MaxValue & ~PagingEntry.Present;
            Assert.Equal(PageFaultCode.Write | PageFaultCode.User, guest.Access(AccessKind.Write, AccessMode.User));
        }
    }

    [Theory, MemberData(nameof(Shapes))]
    [Manual("3A", "4.7", "Page-Fault Exceptions")]
    public void Each_bit_of_each_entry_is_reserved_or_not_as_the_tables_say(int mode, int leaf)
    {
        using var guest = new PagingGuest((PagingMode)mode, leaf);
        foreach (bool nxe in (ReadOnlySpan<bool>)[false, true])
        {
            guest.P.ExtendedFeatures = guest.P.ExtendedFeatures & ~Efer.NXE | (nxe ? Efer.NXE : 0);
            for (int level = leaf; level <= guest.Top; level++)
                for (int bit = guest.Mode == PagingMode.Bits32 ? 31 : 63; bit > 11; bit--)
                    Assert.True(IsReserved(guest.Mode, level, leaf, bit, nxe) == Refuses(guest, level, 1ul << bit), $"level {level} bit {bit} NXE {nxe}");
        }
    }

    [Theory]
    [InlineData(4, true), InlineData(5, true), InlineData(1, false)]
    public void The_page_size_bit_is_reserved_in_PML4_and_PML5_entries(int level, bool reserved)
    {
        using var guest = new PagingGuest(PagingMode.FiveLevel);
        Assert.Equal(reserved, Refuses(guest, level, PagingEntry.PageSize));
    }

    [Fact]
    public void A_PAE_PDPTE_register_that_is_not_present_faults()
    {
        using var guest = new PagingGuest(PagingMode.Pae);
        guest.P.PaePdptes[1] &= ~PagingEntry.Present;
        Assert.Equal(PageFaultCode.None, guest.Access(AccessKind.Read, AccessMode.Supervisor));
    }

    [Fact]
    [Manual("3A", "4.1.3", "Paging-Mode Modifiers")]
    public void Without_CR4_PSE_the_page_size_bit_of_a_PDE_is_ignored()
    {
        using var guest = new PagingGuest(PagingMode.Bits32);
        guest[2] |= PagingEntry.PageSize;
        guest.P.ControlRegister4 = 0;
        Assert.Null(guest.Access(AccessKind.Read, AccessMode.User, out PhysicalAddress physical));
        Assert.Equal(guest.Page | PagingGuest.Linear & 0xFFF, physical.Value);
    }

    [Fact]
    public void PSE36_reaches_above_4_GiB()
    {
        using var guest = new PagingGuest(PagingMode.Bits32, 2);
        guest[2] |= 0xA5ul << 13;
        Assert.Null(guest.Access(AccessKind.Read, AccessMode.User, out PhysicalAddress physical));
        Assert.Equal(0xA5ul << 32 | guest.Page | PagingGuest.Linear & 0x3F_FFFF, physical.Value);
    }

    [Theory, MemberData(nameof(Shapes))]
    [Manual("3A", "4.8", "Accessed and Dirty Flags")]
    public void A_read_sets_every_accessed_flag_and_a_write_the_dirty_flag_of_the_last_entry(int mode, int leaf)
    {
        using var guest = new PagingGuest((PagingMode)mode, leaf);
        Assert.Null(guest.Access(AccessKind.Read, AccessMode.User));
        for (int level = leaf; level <= guest.Top; level++) Assert.Equal(guest.Default(level) | A, guest[level]);
        Assert.Null(guest.Access(AccessKind.Write, AccessMode.User));
        for (int level = leaf; level <= guest.Top; level++) Assert.Equal(guest.Default(level) | A | (level == leaf ? D : 0), guest[level]);
    }

    [Theory, MemberData(nameof(Shapes))]
    [Manual("3A", "4.8", "Accessed and Dirty Flags")]
    public void An_access_that_faults_sets_no_dirty_flag(int mode, int leaf)
    {
        using var guest = new PagingGuest((PagingMode)mode, leaf);
        guest[leaf] &= ~PagingEntry.Writable;
        Assert.NotNull(guest.Access(AccessKind.Write, AccessMode.User));
        for (int level = leaf; level <= guest.Top; level++) Assert.Equal(0ul, guest[level] & D);
    }

    /// <summary>Whether the walk ends, for a reserved bit, at the entry of a level that has more bits set.</summary>
    private static bool Refuses(PagingGuest guest, int level, ulong bits)
    {
        ulong before = guest[level];
        guest[level] = before | bits;
        WalkEnd end = PageWalk.Run(guest.P, PagingGuest.Linear, PagingControls.Of(guest.P), out PageWalk walk);
        guest[level] = before;
        return end == WalkEnd.Reserved && walk.Count == guest.Top - level + 1;
    }

    /// <summary>Tables 4-3 to 4-20: bits 12 and up that must be 0.</summary>
    private static bool IsReserved(PagingMode mode, int level, int leaf, int bit, bool nxe)
    {
        const int MaxPhysical = 46;
        if (mode == PagingMode.Bits32) return level == 2 && leaf == 2 && bit == 21;
        if (bit == 63) return !nxe;
        if (bit > 51) return mode == PagingMode.Pae;
        if (bit >= MaxPhysical) return true;
        return level == leaf && (level == 2 && bit is >= 13 and <= 20 || level == 3 && bit is >= 13 and <= 29);
    }
}
