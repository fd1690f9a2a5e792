using Vector20.Machine.Memory;
using Vector20.Machine.Memory.Paging;
using Vector20.Machine.Processors;
using Vector20.Machine.Tests.Memory.Paging;
using Vector20.Machine.Tests.Vmx.Ept;
using Vector20.Machine.Vmx;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Tests.Memory;

/// <summary>What the software TLB may keep: translations until they are invalidated, never what an access must still be told of.</summary>
[Manual("3A", "4.10.2", "Translation Lookaside Buffers (TLBs)")]
public class SoftwareTlbTests
{
    private const ulong Linear = PagingGuest.Linear & ~7ul;

    [Fact]
    public void A_translation_is_kept_until_its_page_is_invalidated()
    {
        using var guest = new PagingGuest(PagingMode.FourLevel);
        Assert.True(guest.P.ReadLinear(Linear, AccessMode.User, out ulong _));
        guest[1] = 0;
        Assert.True(guest.P.ReadLinear(Linear, AccessMode.User, out ulong _));
        guest.P.FlushTlbPage(Linear + 0x1000);
        Assert.True(guest.P.ReadLinear(Linear, AccessMode.User, out ulong _));
        guest.P.FlushTlbPage(Linear);
        Assert.False(guest.P.ReadLinear(Linear, AccessMode.User, out ulong _));
    }

    [Theory]
    [InlineData(PagingMode.FourLevel, 2), InlineData(PagingMode.FourLevel, 3), InlineData(PagingMode.Bits32, 2)]
    [Manual("3A", "4.10.4.1", "Operations that Invalidate TLBs and Paging-Structure Caches")]
    internal void Invalidating_any_address_of_a_large_page_forgets_all_of_it(PagingMode mode, int leaf)
    {
        using var guest = new PagingGuest(mode, leaf);
        guest.P.ReadLinear(Linear, AccessMode.User, out ulong _);
        guest.P.ReadLinear(Linear ^ 0x8_0000_0000, AccessMode.User, out ulong _);
        guest[leaf] = 0;
        guest.P.FlushTlbPage(Linear ^ 0x10_0000);
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
    public void The_first_write_after_a_read_sets_the_dirty_flag_of_EPT()
    {
        using var guest = new EptGuest(accessedAndDirty: true);
        guest.P.ReadLinear(EptGuest.Address, AccessMode.Supervisor, out ulong _);
        Assert.Equal(0ul, guest[1] & EptEntry.Dirty);
        guest.P.WriteLinear(EptGuest.Address, AccessMode.Supervisor, 1ul);
        Assert.NotEqual(0ul, guest[1] & EptEntry.Dirty);
    }

    [Fact]
    [Manual("3C", "31.3", "INVEPT - Invalidate Translations Derived from EPT")]
    public void INVEPT_makes_a_changed_EPT_entry_count()
    {
        using var guest = new EptGuest();
        EptPointer pointer = EptTranslation.Pointer(guest.P);
        guest.P.ReadLinear(EptGuest.Address, AccessMode.Supervisor, out ulong _);
        guest[1] = 0;
        Assert.False(TranslationInvalidation.Invept(guest.P, 0, pointer, 0));
        Assert.False(TranslationInvalidation.Invept(guest.P, 3, pointer, 0));
        Assert.False(TranslationInvalidation.Invept(guest.P, 1, new EptPointer(0), 0));
        Assert.False(TranslationInvalidation.Invept(guest.P, 1, pointer, 1));
        Assert.True(guest.P.ReadLinear(EptGuest.Address, AccessMode.Supervisor, out ulong _));
        Assert.True(TranslationInvalidation.Invept(guest.P, 1, pointer, 0));
        Assert.False(guest.P.ReadLinear(EptGuest.Address, AccessMode.Supervisor, out ulong _));
        Assert.Equal(ExitReason.EptViolation, guest.P.Exit.Reason);
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
