using Vector20.Hypervisor;
using Vector20.Hypervisor.Mmu;
using Vector20.Machine;
using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Tests.Mmu;

public class ShadowEntryTests
{
    private const ulong SuppressVe = 1ul << 63;

    public static TheoryData<ShadowEntryState, int> LeavesAndLevels => new()
    {
        { ShadowEntryState.Mapped, 1 }, { ShadowEntryState.Large, 2 }, { ShadowEntryState.Large, 3 }, { ShadowEntryState.WriteProtected, 1 },
        { ShadowEntryState.WriteProtected, 2 }, { ShadowEntryState.AccessTracked, 1 }, { ShadowEntryState.Split, 1 }, { ShadowEntryState.Split, 2 },
    };

    [Fact]
    public void A_non_present_entry_is_bit_63_alone() => Assert.Equal(SuppressVe, Make(ShadowEntryState.NonPresent));

    [Fact]
    public void A_frozen_entry_is_bit_63_and_5A0H() => Assert.Equal(SuppressVe | 0x5A0, Make(ShadowEntryState.Frozen));

    [Fact]
    [Manual("3C", "29.3.3.1", "EPT Misconfigurations")]
    public void An_mmio_entry_is_write_and_execute_without_read() => Assert.Equal(6ul, Make(ShadowEntryState.Mmio) & 7);

    [Fact]
    public void A_table_reference_is_what_Linux_writes() =>
        Assert.Equal(0x8000_0000_0032_3907, ShadowEntry.Make(ShadowEntryState.Table, new ShadowMapping(new PhysicalAddress(0x323000), 4), new ShadowRules(true, 0)));

    [Theory, MemberData(nameof(LeavesAndLevels))]
    public void Every_leaf_suppresses_ve_and_keeps_its_frame(ShadowEntryState state, int level)
    {
        ulong entry = Make(state, level, accessedDirty: state != ShadowEntryState.AccessTracked);
        Assert.NotEqual(0ul, entry & SuppressVe);
        Assert.Equal(0x40000000ul, entry & EptBits.Address);
        Assert.Equal(level > 1, (entry & EptBits.Leaf) != 0);
    }

    [Theory]
    [InlineData(HypervisorBugs.NonpresentWithoutSuppress, ShadowEntryState.NonPresent)]
    [InlineData(HypervisorBugs.FrozenWithoutSuppress, ShadowEntryState.Frozen)]
    [InlineData(HypervisorBugs.MappedWithoutSuppress, ShadowEntryState.Mapped)]
    [InlineData(HypervisorBugs.MappedWithoutSuppress, ShadowEntryState.WriteProtected)]
    [InlineData(HypervisorBugs.AccessTrackedWithoutSuppress, ShadowEntryState.AccessTracked)]
    [InlineData(HypervisorBugs.SplitWithoutSuppress, ShadowEntryState.Split)]
    public void Each_bug_takes_bit_63_from_its_state_and_from_no_other(HypervisorBugs bug, ShadowEntryState state)
    {
        foreach (ShadowEntryState other in Enum.GetValues<ShadowEntryState>())
        {
            bool present = other is ShadowEntryState.Mapped or ShadowEntryState.Large or ShadowEntryState.WriteProtected;
            bool affected = other == state || present && bug == HypervisorBugs.MappedWithoutSuppress;
            if (other == ShadowEntryState.Mmio) continue;
            Assert.Equal(affected, (Make(other, bugs: bug) & SuppressVe) == 0);
        }
    }

    [Fact]
    public void An_access_tracked_entry_saves_read_and_execute_and_has_no_permission()
    {
        ulong entry = Make(ShadowEntryState.AccessTracked, accessedDirty: false);
        Assert.Equal(0ul, entry & EptBits.Permissions);
        Assert.Equal(EptBits.Read | EptBits.Execute, ShadowEntry.MappingOf(entry, 1).Rights);
    }

    [Theory]
    [InlineData(ShadowEntryState.NonPresent, 1)]
    [InlineData(ShadowEntryState.Frozen, 1)]
    [InlineData(ShadowEntryState.Mmio, 1)]
    [InlineData(ShadowEntryState.Mapped, 1)]
    [InlineData(ShadowEntryState.Large, 2)]
    [InlineData(ShadowEntryState.WriteProtected, 2)]
    [InlineData(ShadowEntryState.AccessTracked, 1)]
    [InlineData(ShadowEntryState.Table, 3)]
    public void A_state_is_read_back_from_its_value(ShadowEntryState state, int level) =>
        Assert.Equal(state, ShadowEntry.StateOf(Make(state, level, accessedDirty: false), level));

    [Fact]
    public void Only_the_buggy_atomic_zap_leaves_zero()
    {
        Assert.Equal(SuppressVe, ShadowEntry.AfterAtomicZap(new ShadowRules(true, 0)));
        Assert.Equal(0ul, ShadowEntry.AfterAtomicZap(new ShadowRules(true, HypervisorBugs.ZapWritesZero)));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(0xFFu)]
    [InlineData(0x12345u)]
    [InlineData(0x7FFFFu)]
    public void An_mmio_entry_keeps_the_generation_it_was_made_in(uint generation)
    {
        var mapping = new ShadowMapping(new PhysicalAddress(0xFEE00000), 1, Generation: generation);
        ulong entry = ShadowEntry.Make(ShadowEntryState.Mmio, mapping, new ShadowRules(true, 0));
        Assert.Equal(generation, MmioGeneration.Of(entry));
        Assert.Equal(ShadowEntryState.Mmio, ShadowEntry.StateOf(entry, 1));
    }

    private static ulong Make(ShadowEntryState state, int level = 1, bool accessedDirty = true, HypervisorBugs bugs = 0) =>
        ShadowEntry.Make(state, new ShadowMapping(new PhysicalAddress(0x40000000), level), new ShadowRules(accessedDirty, bugs));
}
