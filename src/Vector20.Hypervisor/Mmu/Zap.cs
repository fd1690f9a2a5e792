using Vector20.Hypervisor.Mmu.Operations;
using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Mmu;

/// <summary>Taking entries away: all at once, or atomically while vCPUs run.</summary>
public static class Zap
{
    /// <summary>Makes every leaf in a range non-present. Faults of the guest wait meanwhile.</summary>
    public static void Range(ShadowMmu mmu, ulong start, ulong size) => MmuOperations.Run(mmu, new MmuOperation(MmuOperationKind.ZapRange, start, size));

    /// <summary>Forgets the whole EPT and gives its tables back.</summary>
    public static void All(ShadowMmu mmu) => MmuOperations.Run(mmu, new MmuOperation(MmuOperationKind.ZapAll));

    /// <summary>
    /// The first half of an atomic zap: the entry is frozen and no processor has a translation from it. Another vCPU may fault
    /// on it before <see cref="End"/>.
    /// </summary>
    public static void Begin(ShadowMmu mmu, in EntryLocation at)
    {
        ulong old = mmu.Read(at);
        mmu.Set(at, ShadowEntryState.Frozen);
        mmu.Flush();
        if (ShadowEntry.StateOf(old, at.Level) == ShadowEntryState.Table) Free(mmu, old, at);
        mmu.Freezing.Add(at);
    }

    /// <summary>The second half: the frozen entry becomes non-present.</summary>
    public static void End(ShadowMmu mmu, in EntryLocation at)
    {
        mmu.Freezing.Remove(at);
        mmu.Write(at, ShadowEntryState.NonPresent, ShadowEntry.AfterAtomicZap(mmu.Rules));
    }

    /// <summary>Ends every atomic zap that has begun: what their threads would do while a vCPU retries.</summary>
    public static void EndAll(ShadowMmu mmu)
    {
        while (mmu.Freezing.Count > 0) End(mmu, mmu.Freezing[0]);
    }

    /// <summary>Both halves.</summary>
    public static void Atomically(ShadowMmu mmu, in EntryLocation at)
    {
        Begin(mmu, at);
        End(mmu, at);
    }

    /// <summary>Makes one entry non-present and frees the tables beneath it. The caller flushes.</summary>
    internal static void Entry(ShadowMmu mmu, in EntryLocation at)
    {
        ulong old = mmu.Read(at);
        mmu.Set(at, ShadowEntryState.NonPresent);
        if (ShadowEntry.StateOf(old, at.Level) == ShadowEntryState.Table) Free(mmu, old, at);
    }

    private static void Free(ShadowMmu mmu, ulong reference, in EntryLocation above)
    {
        var table = new PhysicalAddress(reference & EptBits.Address);
        foreach (EntryLocation at in ShadowMmu.EntriesOf(table, above.Base, above.Level - 1))
            if (mmu.StateOf(at) == ShadowEntryState.Table) Free(mmu, mmu.Read(at), at);
        mmu.Freezing.RemoveAll(at => (at.Address.Value & EptBits.Address) == table.Value);
        mmu.ReturnTable(table);
    }
}
