using Vector20.Hypervisor.Mmu;
using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Tests.Mmu;

public sealed class MapOnDemandTests : IDisposable
{
    private readonly MmuFixture _f = new();

    [Fact]
    public void The_first_touch_maps_the_largest_page_that_fits_the_slot()
    {
        Assert.Equal(FaultResult.Fixed, _f.Touch(0x20_1234));
        EntryLocation at = _f.Mmu.Find(new GuestPhysicalAddress(0x20_1234));
        Assert.Equal(2, at.Level);
        Assert.Equal(ShadowEntryState.Large, _f.Mmu.StateOf(at));
        Assert.Equal(0x20_0000ul, _f.Mmu.Read(at) & EptBits.Address);
    }

    [Fact]
    public void With_small_pages_only_a_touch_maps_four_kibibytes()
    {
        _f.Mmu.LargestPage = 1;
        _f.Touch(0x20_1234);
        Assert.Equal(ShadowEntryState.Mapped, _f.State(0x20_1234));
        Assert.Equal(ShadowEntryState.NonPresent, _f.State(0x20_2000));
    }

    [Fact]
    public void Where_no_slot_is_an_mmio_entry_is_made_and_the_access_emulated()
    {
        Assert.Equal(FaultResult.Emulate, _f.Touch(0xFEE0_0000));
        Assert.Equal(ShadowEntryState.Mmio, _f.State(0xFEE0_0000));
    }

    [Fact]
    public void Reading_a_read_only_slot_maps_it_without_write_and_writing_it_is_emulated()
    {
        Assert.Equal(FaultResult.Fixed, _f.Touch(1ul << 32));
        Assert.Equal(EptBits.Read | EptBits.Execute, _f.Entry(1ul << 32) & EptBits.Permissions);
        Assert.Equal(FaultResult.Emulate, _f.Touch(1ul << 32, write: true));
        Assert.Equal(ShadowEntryState.WriteProtected, _f.State(1ul << 32));
    }

    [Fact]
    public void A_frozen_entry_says_retry_until_the_zap_has_ended()
    {
        _f.Touch(0x1000);
        Zap.Begin(_f.Mmu, _f.Mmu.Find(new GuestPhysicalAddress(0x1000)));
        Assert.Equal(FaultResult.Retry, _f.Touch(0x1000));
        Zap.EndAll(_f.Mmu);
        Assert.Equal(FaultResult.Fixed, _f.Touch(0x1000));
    }

    [Fact]
    public void A_guest_that_touches_everything_never_uses_up_the_tables()
    {
        using var small = new MmuFixture(pages: 16);
        for (ulong page = 0; page < 200; page++) small.Touch(0x1000_0000_0000 - (page << 30));
        Assert.Equal(FaultResult.Emulate, Again(small, 0xFEC0_0000));
        Assert.Equal(FaultResult.Fixed, Again(small, 0x3000));
    }

    [Fact]
    public void Every_change_of_an_entry_passes_the_hook_with_the_value_before_and_after()
    {
        _f.Touch(0x1000);
        EntryWrite last = _f.Writes[^1];
        Assert.Equal(ShadowEntryState.Large, last.State);
        Assert.Equal(EptBits.SuppressVe, last.Old);
        Assert.Equal(_f.Entry(0x1000), last.New);
    }

    public void Dispose() => _f.Dispose();

    private static FaultResult Again(MmuFixture f, ulong guest)
    {
        FaultResult result = f.Touch(guest);
        return result == FaultResult.Retry ? f.Touch(guest) : result;
    }
}
