using Vector20.Hypervisor.Mmu;
using Vector20.Hypervisor.Mmu.Operations;
using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Tests.Mmu.Operations;

/// <summary>Each step of an operation is one change that processors or faults can see.</summary>
public sealed class OperationStepTests : IDisposable
{
    private const ulong Large = 0x20_0000;
    private static readonly Memslot s_added = new(2, 2ul << 32, 0x1000, 24 << 20);
    private readonly MmuFixture _f = new();

    public static TheoryData<MmuOperation> Operations { get; } =
    [
        new MmuOperation(MmuOperationKind.ZapRange, 0, 16 << 20), new MmuOperation(MmuOperationKind.ZapAtomically, Large), new MmuOperation(MmuOperationKind.ZapAll), new MmuOperation(MmuOperationKind.StartDirtyLog, SlotId: 0), new MmuOperation(MmuOperationKind.Age, 0, 16 << 20),
        new MmuOperation(MmuOperationKind.Split, 0, 16 << 20), new MmuOperation(MmuOperationKind.AddSlot, Slot: s_added), new MmuOperation(MmuOperationKind.DeleteSlot, SlotId: 0), new MmuOperation(MmuOperationKind.MoveSlot, 8ul << 30, SlotId: 0),
    ];

    public static TheoryData<MmuOperation> OfALog { get; } = [new MmuOperation(MmuOperationKind.ReadDirtyLog, SlotId: 0), new MmuOperation(MmuOperationKind.StopDirtyLog, SlotId: 0)];

    public static TheoryData<MmuOperation> ThatExclude { get; } = [new MmuOperation(MmuOperationKind.ZapRange, Large, 8 << 20), new MmuOperation(MmuOperationKind.DeleteSlot, SlotId: 1), new MmuOperation(MmuOperationKind.Age, Large, 8 << 20)];

    [Theory, MemberData(nameof(Operations))]
    public void Each_step_changes_one_reachable_entry_or_the_slots(MmuOperation operation)
    {
        TouchAll();
        AssertOneChangeAStep(operation);
    }

    [Theory, MemberData(nameof(OfALog))]
    public void So_does_each_step_of_an_operation_on_the_dirty_log(MmuOperation operation)
    {
        TouchAll();
        DirtyLog.Start(_f.Mmu, 0);
        foreach (ulong page in (ulong[])[0x1000, Large, Large + 0x3000, 0x40_0000]) _f.Touch(page, write: true);
        AssertOneChangeAStep(operation);
    }

    [Fact]
    public void Control_an_operation_as_a_whole_changes_more_than_one_entry()
    {
        TouchAll();
        HashSet<ulong> reachable = Reachable();
        _f.Writes.Clear();
        Zap.Range(_f.Mmu, 0, 16 << 20);
        Assert.True(_f.Writes.Count(w => reachable.Contains(w.Location.Address.Value) && w.Old != w.New) > 1);
    }

    [Fact]
    public void Control_entries_of_a_table_that_nothing_references_are_not_reachable()
    {
        TouchAll();
        HashSet<ulong> reachable = Reachable();
        _f.Writes.Clear();
        LargePages.Split(_f.Mmu, _f.Mmu.Find(new GuestPhysicalAddress(Large)));
        Assert.Equal(1, _f.Writes.Count(w => reachable.Contains(w.Location.Address.Value)));
        Assert.True(_f.Writes.Count > 512);
    }

    [Theory, MemberData(nameof(ThatExclude))]
    public void Faults_wait_for_an_operation_that_excludes_them_and_go_on_when_it_is_over(MmuOperation operation)
    {
        TouchAll();
        MmuProgress progress = MmuProgress.Of(operation);
        while (MmuOperations.Step(_f.Mmu, ref progress)) Assert.Equal(FaultResult.Retry, _f.Touch(0x90_0000));
        Assert.Equal(FaultResult.Fixed, _f.Touch(0x90_0000));
    }

    [Fact]
    public void One_that_takes_turns_stops_only_faults_on_the_entry_that_it_has_frozen()
    {
        TouchAll();
        MmuProgress progress = MmuProgress.Of(new MmuOperation(MmuOperationKind.ZapAtomically, Large));
        Assert.True(MmuOperations.Step(_f.Mmu, ref progress));
        Assert.Equal(FaultResult.Retry, _f.Touch(Large));
        Assert.Equal(FaultResult.Fixed, _f.Touch(0x90_0000));
        Assert.True(MmuOperations.Step(_f.Mmu, ref progress));
        Assert.Equal(FaultResult.Fixed, _f.Touch(Large));
        Assert.False(MmuOperations.Step(_f.Mmu, ref progress));
    }

    [Fact]
    public void A_frozen_entry_whose_table_goes_meanwhile_is_nobodys_to_thaw()
    {
        TouchAll();
        MmuProgress progress = MmuProgress.Of(new MmuOperation(MmuOperationKind.ZapAtomically, Large));
        Assert.True(MmuOperations.Step(_f.Mmu, ref progress));
        Zap.All(_f.Mmu);
        _f.Writes.Clear();
        Assert.False(MmuOperations.Step(_f.Mmu, ref progress));
        Assert.Empty(_f.Writes);
    }

    public void Dispose() => _f.Dispose();

    /// <summary>Large pages, small ones, a read-only one, and MMIO.</summary>
    private void TouchAll()
    {
        _f.Touch(Large, write: true);
        _f.Touch(0x40_0000, write: true);
        _f.Mmu.LargestPage = 1;
        for (ulong page = 0; page < 4; page++) _f.Touch(page << 12, write: true);
        _f.Touch(1ul << 32);
        _f.Touch(0xFEE0_0000);
        _f.Mmu.LargestPage = 2;
    }

    private void AssertOneChangeAStep(MmuOperation operation)
    {
        MmuProgress progress = MmuProgress.Of(operation);
        int steps = 0;
        for (bool more = true; more; steps++)
        {
            HashSet<ulong> reachable = Reachable();
            string slots = Slots();
            _f.Writes.Clear();
            more = MmuOperations.Step(_f.Mmu, ref progress);
            int changes = _f.Writes.Count(w => reachable.Contains(w.Location.Address.Value) && w.Old != w.New) + (slots == Slots() ? 0 : 1);
            Assert.True(changes == (more ? 1 : 0), $"step {steps} of {operation.Kind}: {changes} changes");
        }

        Assert.True(steps > 1, "the operation did nothing");
    }

    private string Slots() => $"{_f.Mmu.Slots.Generation}; {string.Join(", ", _f.Mmu.Slots.All)}; {string.Join(", ", _f.Mmu.DirtyBitmaps.Select(log => string.Join(' ', log.Value)))}";

    /// <summary>The addresses of all entries that processors can come to from the root.</summary>
    private HashSet<ulong> Reachable()
    {
        var found = new HashSet<ulong>();
        Add(_f.Mmu.Root, default, _f.Mmu.Levels);
        return found;

        void Add(PhysicalAddress table, GuestPhysicalAddress first, int level)
        {
            foreach (EntryLocation at in ShadowMmu.EntriesOf(table, first, level))
            {
                found.Add(at.Address.Value);
                if (_f.Mmu.StateOf(at) == ShadowEntryState.Table) Add(_f.Mmu.TableBelow(at), at.Base, level - 1);
            }
        }
    }
}
