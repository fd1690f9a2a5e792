using System.Runtime.InteropServices;
using Vector20.Hypervisor.Mmu;
using Vector20.Machine.Snapshots;

namespace Vector20.Hypervisor.Snapshots;

/// <summary>
/// Digests of EPT tables: the sum of those of their entries, so that only the entries that differ from a table seen before are looked at. A VM and
/// its forks, whose tables differ little, use one of these together.
/// </summary>
/// <param name="rules">What the entries are made by.</param>
internal sealed class TableDigests(ShadowRules rules)
{
    private readonly ulong _fresh = ShadowEntry.Make(ShadowEntryState.NonPresent, default, rules);
    private readonly Dictionary<(ulong Base, int Level, uint Generation), (ulong[] Entries, UInt128 Digest)> _seen = [];

    /// <summary>The digest of a table.</summary>
    /// <param name="table">Which one it is. Where it lies does not count.</param>
    /// <param name="entries">What is in it.</param>
    /// <param name="generation">That of the slots: an MMIO entry is of this one or is stale.</param>
    public UInt128 Of(in ShadowTable table, ReadOnlySpan<ulong> entries, uint generation)
    {
        ref (ulong[] Entries, UInt128 Digest) seen = ref CollectionsMarshal.GetValueRefOrAddDefault(_seen, (table.Base, table.Level, generation), out bool known);
        if (!known)
        {
            seen.Entries = new ulong[entries.Length];
            seen.Entries.AsSpan().Fill(_fresh);
            seen.Digest = Changed(0, seen.Entries, entries, table.Level, generation);
            entries.CopyTo(seen.Entries);
        }

        return Changed(seen.Digest, seen.Entries, entries, table.Level, generation);
    }

    private UInt128 Changed(UInt128 digest, ReadOnlySpan<ulong> from, ReadOnlySpan<ulong> to, int level, uint generation)
    {
        for (int i = from.CommonPrefixLength(to); i < to.Length; i += 1 + from[(i + 1)..].CommonPrefixLength(to[(i + 1)..]))
            digest += OfEntry(i, to[i], level, generation) - OfEntry(i, from[i], level, generation);
        return digest;
    }

    /// <summary>An entry as a new table has it adds nothing.</summary>
    private UInt128 OfEntry(int index, ulong entry, int level, uint generation)
    {
        if (entry == _fresh) return 0;
        return Fingerprint.Of((ulong)index, Canonical(entry, level, generation));
    }

    /// <summary>A reference to a table says that there is one; an MMIO entry says whether it is of the slots as they are now.</summary>
    private static ulong Canonical(ulong entry, int level, uint generation)
    {
        if ((entry & SoftwareBits.Present) == 0)
        {
            if (ShadowEntry.StateOf(entry, level) != ShadowEntryState.Mmio) return entry;
            return entry & ~MmioGeneration.Place(MmioGeneration.Mask) | (MmioGeneration.Of(entry) == generation ? MmioGeneration.Place(1) : 0);
        }

        return level > 1 && (entry & EptBits.Leaf) == 0 ? entry & ~EptBits.Address : entry;
    }
}
