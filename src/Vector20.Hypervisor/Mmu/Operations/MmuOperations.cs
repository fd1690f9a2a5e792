using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Mmu.Operations;

/// <summary>
/// Performs operations, one change at a time: each step changes one entry that the processors can reach, or the slots. Between two steps
/// vCPUs may run, which is where the races of a real hypervisor are.
/// </summary>
public static class MmuOperations
{
    /// <summary>Performs an operation from its beginning to its end. What it counted is the answer.</summary>
    public static int Run(ShadowMmu mmu, in MmuOperation operation)
    {
        MmuProgress progress = MmuProgress.Of(operation);
        while (Step(mmu, ref progress))
        {
        }

        return progress.Count;
    }

    /// <summary>Makes the next change. False: there was none left, and the operation has ended.</summary>
    public static bool Step(ShadowMmu mmu, ref MmuProgress progress)
    {
        mmu.FaultsWait = progress.Operation.Excludes;
        ReadOnlySpan<MmuPass> passes = MmuPasses.Of(progress.Operation.Kind);
        for (; progress.Pass < passes.Length; progress = progress with { Pass = progress.Pass + 1, Cursor = 0, Level = 0 })
            if (Change(mmu, passes[progress.Pass], ref progress)) return true;
        mmu.FaultsWait = false;
        mmu.Flush();
        return false;
    }

    /// <summary>The next change of a pass. False: the pass has none left.</summary>
    private static bool Change(ShadowMmu mmu, MmuPass pass, ref MmuProgress progress) => pass switch
    {
        MmuPass.ZapLeaves or MmuPass.Split or MmuPass.Protect or MmuPass.Age => RangePasses.Change(mmu, pass, ref progress),
        MmuPass.ZapRoots => ZapRoot(mmu, ref progress),
        MmuPass.Freeze => AtomicPasses.Freeze(mmu, ref progress),
        MmuPass.Collapse => AtomicPasses.Collapse(mmu, ref progress),
        _ => SlotPasses.Change(mmu, pass, ref progress),
    };

    private static bool ZapRoot(ShadowMmu mmu, ref MmuProgress progress)
    {
        if (!Leaves.TryNextOfTable(mmu, mmu.Root, default, mmu.Levels, progress.Cursor, ulong.MaxValue, out EntryLocation at))
        {
            mmu.Freezing.Clear();
            return false;
        }

        Zap.Entry(mmu, at);
        progress = progress with { Cursor = at.Base.Value + at.Size };
        return true;
    }
}
