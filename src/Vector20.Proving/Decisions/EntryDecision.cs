using Vector20.Hypervisor;
using Vector20.Hypervisor.Mmu;
using Vector20.Machine;
using Vector20.Machine.Memory;

namespace Vector20.Proving.Decisions;

/// <summary>Every value that the hypervisor writes into an EPT entry: it suppresses #VE, or can raise none.</summary>
[Manual("3C", "26.5.7.1", "Convertible EPT Violations")]
internal static class EntryDecision
{
    public static DecisionResult Run(HypervisorBugs bugs)
    {
        long inputs = 0;
        string? broken = null;
        foreach (bool accessedDirty in (bool[])[true, false])
        {
            var rules = new ShadowRules(accessedDirty, bugs);
            foreach (ShadowEntryState state in Enum.GetValues<ShadowEntryState>())
                for (int level = 1; level <= 5; level++)
                    for (int all = 0; all < 64; all++)
                    {
                        inputs++;
                        var mapping = new ShadowMapping(new PhysicalAddress((ulong)(all >> 4) << 21), level, (ulong)all & 7, (all & 8) != 0, (uint)all);
                        ulong value = ShadowEntry.Make(state, mapping, rules);
                        if (!Safe(state, value)) broken ??= $"{state} at level {level}: 0x{value:x16}";
                        ulong protect = ShadowEntry.WithoutWrite(value);
                        if (state is ShadowEntryState.Mapped or ShadowEntryState.Large && !Safe(state, protect)) broken ??= $"{state} at level {level} without write permission: 0x{protect:x16}";
                    }

            inputs++;
            ulong zapped = ShadowEntry.AfterAtomicZap(rules);
            if (!Safe(ShadowEntryState.NonPresent, zapped)) broken ??= $"after an atomic zap: 0x{zapped:x16}";
        }

        return new DecisionResult("which entries the hypervisor writes", "bit 63 is 1, or the entry is a misconfiguration, or it references a table (SDM 3C 26.5.7.1)", inputs, broken);
    }

    private static bool Safe(ShadowEntryState state, ulong value)
    {
        bool misconfigured = (value & EptBits.Permissions) == (EptBits.Write | EptBits.Execute);
        return state == ShadowEntryState.Table || misconfigured || (value & EptBits.SuppressVe) != 0;
    }
}
