using System.Runtime.CompilerServices;
using Vector20.Machine.Memory;

namespace Vector20.Machine.Vmx.Ept;

/// <summary>How a walk through the EPT paging structures ended.</summary>
public enum EptWalkEnd : byte
{
    /// <summary>At an entry that maps a page.</summary>
    Mapped,

    /// <summary>At an entry that is not present.</summary>
    NotPresent,

    /// <summary>At an entry with a reserved setting.</summary>
    Misconfigured,
}

/// <summary>One entry that a walk used.</summary>
/// <param name="Address">Its physical address.</param>
/// <param name="Value">What it held.</param>
public readonly record struct EptWalkStep(ulong Address, EptEntry Value);

/// <summary>The controls of a walk besides EPTP.</summary>
/// <param name="ModeBasedExecute">The VM-execution control "mode-based execute control for EPT".</param>
/// <param name="PhysicalAddressBits">MAXPHYADDR.</param>
/// <param name="Capabilities">What the processor has.</param>
public readonly record struct EptWalkControls(bool ModeBasedExecute, int PhysicalAddressBits, EptCapabilities Capabilities);

/// <summary>One walk through the EPT paging structures: every entry used, and what came of it. It changes nothing, so dumps use it too.</summary>
public struct EptWalk
{
    private Trail _steps;

    /// <summary>How many entries were used.</summary>
    public int Count { get; private set; }

    /// <summary>How it ended.</summary>
    public EptWalkEnd End { get; private set; }

    /// <summary>The level of the last entry used: 1 to 5.</summary>
    public int Level { get; private set; }

    /// <summary>The AND of the entries, whose bits 2:0 and 10 are the rights.</summary>
    public ulong All { get; private set; }

    /// <summary>The physical address, if a page is mapped.</summary>
    public ulong Physical { get; private set; }

    /// <summary>The entries used, root first.</summary>
    public readonly EptWalkStep this[int step] => _steps[step];

    /// <summary>The entry that decides whether a violation is convertible: the not-present one met, or the one that maps the page.</summary>
    [Manual("3C", "26.5.7.1", "Convertible EPT Violations")]
    public readonly EptEntry Last => _steps[Count - 1].Value;

    /// <summary>Walks from the EPT pointer as far as the entries lead.</summary>
    [Manual("3C", "29.3.2", "EPT Translation Mechanism")]
    public static EptWalk Run(PhysicalMemory memory, EptPointer pointer, ulong guestPhysical, in EptWalkControls controls)
    {
        Unsafe.SkipInit(out EptWalk walk);
        walk.Count = 0;
        walk.Physical = 0;
        walk.All = ulong.MaxValue;
        ulong table = pointer.Table;
        for (int level = pointer.Levels; ; level--)
        {
            ulong address = table + (guestPhysical >> (3 + 9 * level) & 0x1FF) * 8;
            var entry = new EptEntry(memory.ReadEntry(address));
            walk._steps[walk.Count++] = new EptWalkStep(address, entry);
            walk.All &= entry.Value;
            walk.Level = level;
            bool mapsPage = entry.MapsPage(level);
            walk.End = Judge(entry, level, mapsPage, controls);
            if (walk.End != EptWalkEnd.Mapped) return walk;
            table = entry.Address(level, mapsPage);
            if (!mapsPage) continue;
            walk.Physical = table | guestPhysical & (1ul << EptEntry.PageShift(level)) - 1;
            return walk;
        }
    }

    private static EptWalkEnd Judge(EptEntry entry, int level, bool mapsPage, in EptWalkControls controls)
    {
        if (!entry.IsPresent(controls.ModeBasedExecute)) return EptWalkEnd.NotPresent;
        return entry.IsMisconfigured(level, mapsPage, controls.PhysicalAddressBits, controls.ModeBasedExecute, controls.Capabilities)
            ? EptWalkEnd.Misconfigured : EptWalkEnd.Mapped;
    }

    [InlineArray(5)]
    private struct Trail
    {
        private EptWalkStep _first;
    }
}
