using Vector20.Hypervisor;
using Vector20.Hypervisor.Mmu;
using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Tests.Mmu;

public sealed class TransitionTests : IDisposable
{
    private readonly MmuFixture _f = new();

    [Fact]
    public void Dirty_logging_splits_large_pages_and_takes_write_permission()
    {
        _f.Touch(0x20_0000, write: true);
        DirtyLog.Start(_f.Mmu, 0);
        EntryLocation at = _f.Mmu.Find(new GuestPhysicalAddress(0x20_3000));
        Assert.Equal(1, at.Level);
        Assert.Equal(ShadowEntryState.WriteProtected, _f.Mmu.StateOf(at));
    }

    [Fact]
    public void The_dirty_bitmap_holds_the_pages_written_and_no_other()
    {
        _f.Touch(0x20_0000, write: true);
        DirtyLog.Start(_f.Mmu, 0);
        _f.Touch(0x20_3000, write: true);
        _f.Touch(0x20_4000, write: false);
        _f.Touch(0x70_0000, write: true);
        ulong[] log = DirtyLog.ReadAndClear(_f.Mmu, 0);
        Assert.Equal([0x203ul, 0x700ul], Set(log));
        Assert.Equal(ShadowEntryState.WriteProtected, _f.State(0x20_3000));
        Assert.Empty(Set(DirtyLog.ReadAndClear(_f.Mmu, 0)));
    }

    [Fact]
    public void When_logging_stops_the_small_pages_give_way_to_a_large_one()
    {
        _f.Touch(0x20_0000, write: true);
        DirtyLog.Start(_f.Mmu, 0);
        _f.Touch(0x20_3000, write: true);
        int before = _f.Mmu.Pages.Available;
        DirtyLog.Stop(_f.Mmu, 0);
        Assert.Equal(EptBits.SuppressVe, _f.Entry(0x20_3000));
        Assert.Equal(before + 1, _f.Mmu.Pages.Available);
        _f.Touch(0x20_3000);
        Assert.Equal(2, _f.Mmu.Find(new GuestPhysicalAddress(0x20_3000)).Level);
    }

    [Fact]
    public void With_the_bug_zap_writes_zero_the_collapse_leaves_an_entry_without_bit_63()
    {
        using var f = new MmuFixture(HypervisorBugs.ZapWritesZero);
        f.Touch(0x20_0000, write: true);
        DirtyLog.Start(f.Mmu, 0);
        DirtyLog.Stop(f.Mmu, 0);
        Assert.Equal(0ul, f.Entry(0x20_3000));
    }

    [Fact]
    public void Aging_clears_accessed_flags_where_they_are_on()
    {
        _f.Touch(0x1000);
        Assert.Equal(1, Aging.Age(_f.Mmu, 0, 1 << 20));
        Assert.Equal(ShadowEntryState.Large, _f.State(0x1000));
        Assert.Equal(0, Aging.Age(_f.Mmu, 0, 1 << 20));
    }

    [Fact]
    public void Without_accessed_flags_aging_tracks_and_the_next_touch_restores()
    {
        using var f = new MmuFixture(accessedDirty: false);
        f.Touch(0x1000, write: true);
        Aging.Age(f.Mmu, 0, 1 << 20);
        Assert.Equal(ShadowEntryState.AccessTracked, f.State(0x1000));
        Assert.Equal(FaultResult.Fixed, f.Touch(0x1000));
        Assert.Equal(EptBits.Read | EptBits.Execute, f.Entry(0x1000) & EptBits.Permissions);
        Assert.Equal(FaultResult.Fixed, f.Touch(0x1000, write: true));
        Assert.Equal(ShadowEntryState.Large, f.State(0x1000));
    }

    [Fact]
    public void Split_pieces_map_what_the_large_page_mapped()
    {
        _f.Touch(0x20_0000, write: true);
        Assert.True(LargePages.Split(_f.Mmu, _f.Mmu.Find(new GuestPhysicalAddress(0x20_0000))));
        Assert.Equal(0x20_5000ul, _f.Entry(0x20_5678) & EptBits.Address);
        Assert.Equal(EptBits.Permissions, _f.Entry(0x20_5678) & EptBits.Permissions);
        Assert.Contains(_f.Writes, w => w.State == ShadowEntryState.Split);
    }

    [Fact]
    public void A_deleted_slot_is_zapped_and_becomes_mmio_and_its_tables_can_be_used_again()
    {
        _f.Mmu.LargestPage = 1;
        _f.Touch(0x1000);
        SlotChanges.Delete(_f.Mmu, 0);
        Assert.Equal(ShadowEntryState.NonPresent, _f.State(0x1000));
        Assert.Equal(FaultResult.Emulate, _f.Touch(0x1000));
    }

    [Fact]
    public void A_moved_slot_shows_the_same_host_memory_elsewhere()
    {
        _f.Touch(0x1000);
        SlotChanges.Move(_f.Mmu, 0, 8ul << 30);
        Assert.Equal(FaultResult.Fixed, _f.Touch((8ul << 30) + 0x1000));
        Assert.Equal(0ul, _f.Entry((8ul << 30) + 0x1000) & EptBits.Address);
    }

    [Fact]
    public void Zapping_all_gives_every_table_but_the_root_back()
    {
        int before = _f.Mmu.Pages.Available;
        _f.Touch(0x1000);
        _f.Touch(0xFEE0_0000);
        Zap.All(_f.Mmu);
        Assert.Equal(before, _f.Mmu.Pages.Available);
        Assert.True(_f.Flushes > 0);
    }

    public void Dispose() => _f.Dispose();

    private static List<ulong> Set(ulong[] bitmap) =>
        [.. Enumerable.Range(0, bitmap.Length * 64).Where(i => (bitmap[i >> 6] >> (i & 63) & 1) != 0).Select(i => (ulong)i)];
}
