namespace Vector20.Machine.Scheduling;

/// <summary>How long processors' turns are: a pure function of the seed and the number of the turn.</summary>
internal static class Schedule
{
    /// <summary>The turn of a processor that alone has something to do. Another that gets something to do ends it.</summary>
    public const ulong AloneLength = 1 << 20;

    private const ulong Shortest = 500, Longest = 2000;

    /// <summary>The length in ticks of a turn while several processors have something to do.</summary>
    public static ulong TurnLength(ulong seed, ulong turn) => Shortest + Mix(seed ^ Mix(turn)) % (Longest - Shortest + 1);

    /// <summary>The finalizer of SplitMix64.</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E37_79B9_7F4A_7C15;
        value = (value ^ value >> 30) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ value >> 27) * 0x94D0_49BB_1331_11EB;
        return value ^ value >> 31;
    }
}
