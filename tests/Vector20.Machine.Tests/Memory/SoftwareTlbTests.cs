using Vector20.Machine.Memory;
using Vector20.Machine.Memory.Paging;
using Vector20.Machine.Processors;
using Vector20.Machine.Tests.Memory.Paging;
using Vector20.Machine.Tests.Vmx.Ept;
using Vector20.Machine.Vmx;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Tests.Memory;

/// <summary>What the software TLB keeps is never seen: neither a translation that the tables no longer say, nor an access that must be told of.</summary>
[Manual("3A", "4.10.2", "Translation Lookaside Buffers (TLBs)")]
[Manual("3A", "4.10", "Caching Translation Information")]
public class SoftwareTlbTests
{
    private const ulong Linear = PagingGuest.Linear & ~7ul;

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void A_change_of_any_entry_counts_at_once(int level)
    {
        using var guest = new PagingGuest(PagingMode.FourLevel);
        Assert.True(guest.P.WriteLinear(Linear, AccessMode.User, 1ul));
        guest[level] = 0;
        Assert.False(guest.P.ReadLinear(Linear, AccessMode.User, out ulong _));
    }

    [Fact]
    public void A_guests_own_write_to_its_tables_counts_at_once()
    {
        using var guest = new PagingGuest(PagingMode.FourLevel);
        ulong page = guest.Page;
        guest[1] = 0x1000 | PagingGuest.Permissive;
        ulong entry = Linear & ~0xFFFul | (Linear >> 12 & 0x1FF) * 8;
        Assert.True(guest.P.ReadLinear(entry, AccessMode.User, out ulong _));
        Assert.True(guest.P.WriteLinear(entry, AccessMode.User, page | PagingGuest.Permissive));
        guest.Computer.Memory.Write(new PhysicalAddress(page), 0x77ul);
        Assert.True(guest.P.ReadLinear(Linear & ~0xFFFul, AccessMode.User, out ulong value));
        Assert.Equal(0x77ul, value);
    }

    [Fact]
    public void A_forks_change_of_its_tables_is_the_forks_alone()
    {
        using var guest = new PagingGuest(PagingMode.FourLevel);
        guest.P.ReadLinear(Linear, AccessMode.User, out ulong _);
        using Computer fork = guest.Computer.Fork();
        guest[1] = 0;
        Assert.False(guest.P.ReadLinear(Linear, AccessMode.User, out ulong _));
        Assert.True(fork.Processors[0].ReadLinear(Linear, AccessMode.User, out ulong _));
    }

    [Fact]
    [Manual("3A", "4.10.4.1", "Operations that Invalidate TLBs and Paging-Structure Caches")]
    public void MOV_to_CR3_ends_what_the_tables_before_it_said()
    {
        const ulong Empty = 0x6000;
        using var guest = new PagingGuest(PagingMode.FourLevel);
        Assert.True(guest.P.ReadLinear(Linear, AccessMode.User, out ulong _));
        Assert.True(ControlRegisterWrites.WriteCr3(guest.P, Empty));
        Assert.False(guest.P.ReadLinear(Linear, AccessMode.User, out ulong _));
    }

    [Fact]
    public void A_supervisors_translation_is_none_for_the_user()
    {
        using var guest = new PagingGuest(PagingMode.FourLevel);
        guest[1] &= ~PagingEntry.User;
        Assert.True(guest.P.ReadLinear(Linear, AccessMode.Supervisor, out ulong _));
        Assert.False(guest.P.ReadLinear(Linear, AccessMode.User, out ulong _));
    }

    [Fact]
    [Manual("3A", "4.8", "Accessed and Dirty Flags")]
    public void The_first_write_after_a_read_sets_the_dirty_flag()
    {
        using var guest = new PagingGuest(PagingMode.FourLevel);
        guest.P.ReadLinear(Linear, AccessMode.User, out ulong _);
        Assert.Equal(0ul, guest[1] & PagingEntry.Dirty);
        guest.P.WriteLinear(Linear, AccessMode.User, 1ul);
        Assert.NotEqual(0ul, guest[1] & PagingEntry.Dirty);
    }

    [Fact]
    public void A_page_is_read_as_written_whether_it_was_read_before_its_first_write_or_not()
    {
        using var guest = new PagingGuest(PagingMode.FourLevel);
        guest.P.ReadLinear(Linear, AccessMode.User, out ulong before);
        guest.P.WriteLinear(Linear, AccessMode.User, 0x1234ul);
        guest.P.ReadLinear(Linear, AccessMode.User, out ulong after);
        Assert.Equal((0ul, 0x1234ul), (before, after));
    }

    [Fact]
    [Manual("3B", "18.2.5", "Breakpoint Field Recognition")]
    public void A_data_breakpoint_is_met_in_a_page_accessed_before()
    {
        using var guest = new PagingGuest(PagingMode.FourLevel);
        guest.P.WriteLinear(Linear, AccessMode.User, 1ul);
        guest.P.DebugAddresses[0] = Linear;
        guest.P.DebugControl = Dr7.Initial | 1 | 0xDul << 16;
        guest.P.FlushTlb();
        for (int i = 0; i < 2; i++)
        {
            guest.P.PendingDebugTraps = 0;
            guest.P.WriteLinear(Linear, AccessMode.User, 1ul);
            Assert.Equal(1ul, guest.P.PendingDebugTraps);
            guest.P.ReadLinear(Linear, AccessMode.User, out ulong _);
        }
    }

    [Fact]
    [Manual("3C", "29.3.5", "Accessed and Dirty Flags for EPT")]
    [Manual("3C", "29.4.1", "Information That May Be Cached")]
    public void The_first_write_after_a_read_sets_the_dirty_flag_of_EPT()
    {
        using var guest = new EptGuest(accessedAndDirty: true);
        guest.P.ReadLinear(EptGuest.Address, AccessMode.Supervisor, out ulong _);
        Assert.Equal(0ul, guest[1] & EptEntry.Dirty);
        guest.P.WriteLinear(EptGuest.Address, AccessMode.Supervisor, 1ul);
        Assert.NotEqual(0ul, guest[1] & EptEntry.Dirty);
    }

    [Fact]
    [Manual("3C", "29.4.1", "Information That May Be Cached")]
    public void A_change_of_an_EPT_entry_counts_at_once()
    {
        using var guest = new EptGuest();
        guest.P.ReadLinear(EptGuest.Address, AccessMode.Supervisor, out ulong _);
        guest[1] = 0;
        Assert.False(guest.P.ReadLinear(EptGuest.Address, AccessMode.Supervisor, out ulong _));
        Assert.Equal(ExitReason.EptViolation, guest.P.Exit.Reason);
    }

    [Fact]
    [Manual("3C", "31.3", "INVEPT - Invalidate Translations Derived from EPT")]
    public void INVEPT_checks_its_descriptor()
    {
        using var guest = new EptGuest();
        EptPointer pointer = EptTranslation.Pointer(guest.P);
        Assert.False(TranslationInvalidation.Invept(guest.P, 0, pointer, 0));
        Assert.False(TranslationInvalidation.Invept(guest.P, 3, pointer, 0));
        Assert.False(TranslationInvalidation.Invept(guest.P, 1, new EptPointer(0), 0));
        Assert.False(TranslationInvalidation.Invept(guest.P, 1, pointer, 1));
        Assert.True(TranslationInvalidation.Invept(guest.P, 1, pointer, 0));
        Assert.True(TranslationInvalidation.Invept(guest.P, 2, default, 0));
    }

    [Theory]
    [InlineData(0, 1, 0x1000, true)]
    [InlineData(0, 0, 0x1000, false)]
    [InlineData(0, 1, 0x8000_0000_0000, false)]
    [InlineData(1, 1, 0, true)]
    [InlineData(1, 0, 0, false)]
    [InlineData(2, 0, 0, true)]
    [InlineData(3, 1, 0, true)]
    [InlineData(3, 0x1_0001, 0, false)]
    [InlineData(4, 1, 0, false)]
    [Manual("3C", "31.3", "INVVPID - Invalidate Translations Based on VPID")]
    public void INVVPID_checks_its_descriptor(ulong type, ulong vpid, ulong linear, bool valid)
    {
        using var guest = new EptGuest();
        Assert.Equal(valid, TranslationInvalidation.Invvpid(guest.P, type, vpid, linear));
    }

    [Fact]
    [Manual("3A", "4.4.1", "PDPTE Registers")]
    public void A_PDPTE_load_that_EPT_forbids_exits_without_a_linear_address()
    {
        using var guest = new EptGuest();
        guest[1] = 0;
        Assert.False(PaePdptes.Load(guest.P, EptGuest.Address));
        VmExit exit = guest.P.Exit;
        Assert.Equal((ExitReason.EptViolation, 1ul, EptGuest.Address), (exit.Reason, exit.Qualification, exit.GuestPhysicalAddress));
    }
}
