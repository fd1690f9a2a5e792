using Vector20.Machine;
using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Mmu;

/// <summary>The rules that every entry is made by.</summary>
/// <param name="AccessedDirty">Whether EPT accessed and dirty flags are on.</param>
/// <param name="Bugs">Deliberate bugs.</param>
public readonly record struct ShadowRules(bool AccessedDirty, HypervisorBugs Bugs);

/// <summary>What an entry is about.</summary>
/// <param name="Frame">Mapping: the host page. Table: the table. MMIO: the guest-physical page.</param>
/// <param name="Level">1 for 4 KiB, 2 for 2 MiB, 3 for 1 GiB, and so on up to the root's.</param>
/// <param name="Rights">Bits 2:0: read, write, execute.</param>
/// <param name="HostWritable">Whether the slot may be written.</param>
/// <param name="Generation">MMIO: the generation of the slots that it was true of.</param>
public readonly record struct ShadowMapping(PhysicalAddress Frame, int Level, ulong Rights = EptBits.Permissions, bool HostWritable = true, uint Generation = 0);

/// <summary>The value of every entry, and back: pure functions, whole inputs of which the prover enumerates.</summary>
public static class ShadowEntry
{
    /// <summary>The one place an entry's value is made.</summary>
    /// <remarks>
    /// As Linux makes them with its check on: non-present is bit 63 alone, frozen bit 63 and 5A0H, every present entry carries
    /// bit 63, and MMIO is write and execute without read - a misconfiguration, which is never converted to #VE.
    /// </remarks>
    [Manual("3C", "26.5.7.1", "Convertible EPT Violations")]
    public static ulong Make(ShadowEntryState state, in ShadowMapping mapping, ShadowRules rules) => state switch
    {
        ShadowEntryState.NonPresent => Suppress(rules, HypervisorBugs.NonpresentWithoutSuppress),
        ShadowEntryState.Frozen => SoftwareBits.Frozen | Suppress(rules, HypervisorBugs.FrozenWithoutSuppress),
        ShadowEntryState.Mmio => EptBits.Write | EptBits.Execute | mapping.Frame.Value & EptBits.Address | MmioGeneration.Place(mapping.Generation),
        ShadowEntryState.Table => Table(mapping, rules),
        ShadowEntryState.AccessTracked => Track(Leaf(mapping, rules) | Suppress(rules, HypervisorBugs.AccessTrackedWithoutSuppress)),
        ShadowEntryState.WriteProtected => Leaf(mapping, rules) & ~EptBits.Write | Suppress(rules, HypervisorBugs.MappedWithoutSuppress),
        ShadowEntryState.Split => Leaf(mapping, rules) | Suppress(rules, HypervisorBugs.SplitWithoutSuppress),
        _ => Leaf(mapping, rules) | Suppress(rules, HypervisorBugs.MappedWithoutSuppress),
    };

    /// <summary>A leaf whose next write is to fault: nothing but the write permission goes.</summary>
    public static ulong WithoutWrite(ulong entry) => entry & ~EptBits.Write;

    /// <summary>The value with which an atomic zap ends. It should be the non-present one.</summary>
    public static ulong AfterAtomicZap(ShadowRules rules) =>
        (rules.Bugs & HypervisorBugs.ZapWritesZero) != 0 ? 0 : Make(ShadowEntryState.NonPresent, default, rules);

    /// <summary>What an entry means. A split piece reads as what it now is: mapped or write-protected.</summary>
    public static ShadowEntryState StateOf(ulong entry, int level)
    {
        if ((entry & SoftwareBits.Present) == 0)
        {
            if ((entry & EptBits.Permissions) == (EptBits.Write | EptBits.Execute)) return ShadowEntryState.Mmio;
            return (entry & ~EptBits.SuppressVe) == SoftwareBits.Frozen ? ShadowEntryState.Frozen : ShadowEntryState.NonPresent;
        }

        if (level > 1 && (entry & EptBits.Leaf) == 0) return ShadowEntryState.Table;
        if ((entry & EptBits.Permissions) == 0) return ShadowEntryState.AccessTracked;
        if ((entry & EptBits.Write) == 0) return ShadowEntryState.WriteProtected;
        return level > 1 ? ShadowEntryState.Large : ShadowEntryState.Mapped;
    }

    /// <summary>What a leaf maps and with which rights, the saved ones of an access-tracked entry included.</summary>
    public static ShadowMapping MappingOf(ulong entry, int level)
    {
        ulong rights = (entry & EptBits.Permissions) != 0 ? entry & EptBits.Permissions : entry >> SoftwareBits.SavedShift & EptBits.Permissions;
        bool hostWritable = (entry & SoftwareBits.HostWritable) != 0;
        return new ShadowMapping(new PhysicalAddress(entry & EptBits.Address), level, rights, hostWritable);
    }

    private static ulong Leaf(in ShadowMapping mapping, ShadowRules rules)
    {
        ulong entry = SoftwareBits.Present | mapping.Frame.Value & EptBits.Address | mapping.Rights & EptBits.Permissions
            | EptBits.MemoryTypeWriteBack | EptBits.IgnorePat;
        if (mapping.Level > 1) entry |= EptBits.Leaf;
        if (mapping.HostWritable) entry |= SoftwareBits.HostWritable | SoftwareBits.Writable;
        if (!rules.AccessedDirty) return entry | SoftwareBits.NoAccessedDirty;
        return entry | EptBits.Accessed | ((mapping.Rights & EptBits.Write) != 0 ? EptBits.Dirty : 0);
    }

    private static ulong Table(in ShadowMapping mapping, ShadowRules rules) =>
        SoftwareBits.Present | EptBits.SuppressVe | EptBits.Permissions | mapping.Frame.Value & EptBits.Address
        | (rules.AccessedDirty ? EptBits.Accessed : SoftwareBits.NoAccessedDirty);

    /// <summary>Read and execute are saved; write permission is not, and comes back by a fault.</summary>
    private static ulong Track(ulong entry) =>
        entry & ~EptBits.Permissions | (entry & (EptBits.Read | EptBits.Execute)) << SoftwareBits.SavedShift;

    private static ulong Suppress(ShadowRules rules, HypervisorBugs bug) => (rules.Bugs & bug) != 0 ? 0 : EptBits.SuppressVe;
}

/// <summary>Where an MMIO entry keeps the generation of the slots: bits 10:3 and 62:52.</summary>
internal static class MmioGeneration
{
    /// <summary>Bits that fit; the count wraps there, and every MMIO entry is zapped.</summary>
    public const uint Mask = (1u << 19) - 1;

    public static ulong Place(uint generation) => (ulong)(generation & 0xFF) << 3 | (ulong)(generation >> 8 & 0x7FF) << 52;

    public static uint Of(ulong entry) => (uint)(entry >> 3 & 0xFF) | (uint)(entry >> 52 & 0x7FF) << 8;
}
