using Vector20.Machine.Memory;
using Vector20.Machine.Memory.Paging;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Tests.Vmx.Ept;

[Manual("3C", "29.3.2", "EPT Translation Mechanism")]
[Manual("3C", "29.3", "The Extended Page Table Mechanism (EPT)")]
public class EptTranslationTests
{
    private const ulong A = EptEntry.Accessed, D = EptEntry.Dirty;

    [Theory]
    [InlineData(1, 4), InlineData(2, 4), InlineData(3, 4), InlineData(1, 5), InlineData(2, 5), InlineData(3, 5)]
    public void A_page_keeps_the_offset(int leaf, int levels)
    {
        using var guest = new EptGuest(leaf, levels);
        ulong offset = EptGuest.Address & (1ul << (12 + 9 * (leaf - 1))) - 1;
        Assert.Equal((leaf == 3 ? 0 : EptGuest.PageFrame) + offset, guest.Access(AccessKind.Read).Physical);
    }

    [Fact]
    public void Outside_non_root_operation_EPT_translates_nothing()
    {
        using var guest = new EptGuest();
        guest.P.Vmx.NonRoot = false;
        Assert.Equal(EptGuest.Address, guest.Access(AccessKind.Read).Physical);
    }

    [Theory]
    [InlineData(AccessKind.Read, false, 1), InlineData(AccessKind.Write, false, 2), InlineData(AccessKind.Write, true, 3), InlineData(AccessKind.Execute, false, 4)]
    [Manual("3C", "28.2.1", "Basic VM-Exit Information")]
    public void A_violation_exits_with_both_addresses_and_says_what_was_tried(AccessKind kind, bool readsToo, ulong bits)
    {
        using var guest = new EptGuest();
        guest[1] = 0;
        VmExit exit = Assert.NotNull(guest.Access(kind, readsToo: readsToo).Exit);
        Assert.Equal(ExitReason.EptViolation, exit.Reason);
        Assert.Equal(EptGuest.Address, exit.GuestLinearAddress);
        Assert.Equal(EptGuest.Address, exit.GuestPhysicalAddress);
        Assert.Equal(bits, exit.Qualification & 7);
    }

    [Fact]
    [Manual("3C", "29.3.3.3", "Prioritization of EPT Misconfigurations and EPT Violations")]
    public void A_misconfiguration_below_comes_before_rights_that_forbid_above()
    {
        using var guest = new EptGuest();
        guest[4] &= ~EptEntry.Write;
        guest[1] |= 7 << 3;
        Assert.Equal(ExitReason.EptMisconfiguration, guest.Access(AccessKind.Write).Exit?.Reason);
        guest[4] = 0;
        Assert.Equal(ExitReason.EptViolation, guest.Access(AccessKind.Write).Exit?.Reason);
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3)]
    [Manual("3C", "29.3.5", "Accessed and Dirty Flags for EPT")]
    public void A_read_sets_every_accessed_flag_a_write_the_dirty_flag_of_the_page(int leaf)
    {
        using var guest = new EptGuest(leaf, accessedAndDirty: true);
        guest.Access(AccessKind.Read);
        for (int level = leaf; level <= 4; level++) Assert.Equal(guest.Default(level) | A, guest[level]);
        guest.Access(AccessKind.Write);
        for (int level = leaf; level <= 4; level++) Assert.Equal(guest.Default(level) | A | (level == leaf ? D : 0), guest[level]);
    }

    [Fact]
    [Manual("3C", "29.3.5", "Accessed and Dirty Flags for EPT")]
    public void Without_EPTP_bit_6_no_flag_is_set()
    {
        using var guest = new EptGuest();
        guest.Access(AccessKind.Write);
        for (int level = 1; level <= 4; level++) Assert.Equal(guest.Default(level), guest[level]);
    }

    /// <summary>Flags on; the guest's own accessed flag already set; whether the access is a guest write. Then: allowed, or bits 1:0.</summary>
    [Theory]
    [InlineData(false, PagingEntry.Accessed | PagingEntry.Dirty, AccessKind.Write, null)]
    [InlineData(false, PagingEntry.Accessed, AccessKind.Read, null)]
    [InlineData(false, PagingEntry.Accessed, AccessKind.Write, 3ul)]
    [InlineData(false, 0, AccessKind.Read, 3ul)]
    [InlineData(false, 0, AccessKind.Execute, 3ul)]
    [InlineData(true, PagingEntry.Accessed | PagingEntry.Dirty, AccessKind.Read, 3ul)]
    [Manual("3C", "29.3.3.2", "EPT Violations")]
    public void A_guest_page_table_in_read_only_memory_violates_when_it_must_be_marked(bool eptFlags, ulong guestFlags, AccessKind kind, ulong? bits)
    {
        using var guest = WithGuestPaging(eptFlags, guestFlags, EptEntry.Read);
        EptGuest.Ending ending = guest.Access(kind);
        if (bits is null)
        {
            Assert.NotNull(ending.Physical);
            return;
        }

        VmExit exit = Assert.NotNull(ending.Exit);
        Assert.Equal(bits.Value | 1 << 3 | 1 << 7, exit.Qualification);
        Assert.Equal(0x5_0000 + (EptGuest.Address >> 12 & 0x1FF) * 8, exit.GuestPhysicalAddress);
        Assert.Equal(EptGuest.Address, exit.GuestLinearAddress);
    }

    [Fact]
    public void A_fault_of_the_guests_own_paging_comes_before_a_violation_of_its_result()
    {
        using var guest = WithGuestPaging(false, 0, EptGuest.All);
        guest[1] = 0;
        guest.Memory.Write(new PhysicalAddress(0x5_0000 + (EptGuest.Address >> 12 & 0x1FF) * 8), 0ul);
        Assert.Equal(Machine.Events.ExceptionVector.PageFault, guest.Access(AccessKind.Read).Vector);
    }

    /// <summary>4-level guest paging with its tables at guest-physical 50000H to 53000H, the page table's EPT rights as given.</summary>
    private static EptGuest WithGuestPaging(bool eptFlags, ulong guestFlags, ulong rightsOfTable)
    {
        var guest = new EptGuest(accessedAndDirty: eptFlags);
        guest.P.ControlRegister0 |= Cr0.PG;
        guest.P.ControlRegister4 |= Cr4.PAE;
        guest.P.ExtendedFeatures = Efer.LMA | Efer.LME;
        guest.P.ControlRegister3 = 0x5_3000;
        for (int level = 1; level <= 4; level++)
        {
            ulong table = 0x5_0000 + (ulong)(level - 1) * 0x1000;
            ulong target = level == 1 ? EptGuest.Address & ~0xFFFul : table - 0x1000;
            ulong flags = level == 1 ? guestFlags : PagingEntry.Accessed;
            guest.Memory.Write(new PhysicalAddress(table + (EptGuest.Address >> (3 + 9 * level) & 0x1FF) * 8), target | 7 | flags);
            guest.MapLow(table, level == 1 ? rightsOfTable : EptGuest.All);
        }

        return guest;
    }
}
