namespace Vector20.Proving.Exploring;

/// <summary>What every proof rests on: said in every report.</summary>
internal static class Assumptions
{
    public static IReadOnlyList<string> All { get; } =
    [
        "the machine follows the manual but for the hardware faults asked for; its own tests say how far that was checked",
        "processors and host see one order of all memory accesses, and a change of an EPT entry is seen at once: no stale translations",
        "the host's operations are atomic from one change of an entry to the next, as compare-and-exchange makes them",
        "an exit and what the hypervisor does about it, up to its first change of an entry, are one step; zap-all comes between steps, not within handlers",
        "guests act by the code of the alphabets; a handler ends the interrupt and returns, and does not look at its frame",
        "actions that need what the machine does not implement are left out; they are counted by name",
        "states are told apart by 128-bit hashes",
    ];
}
