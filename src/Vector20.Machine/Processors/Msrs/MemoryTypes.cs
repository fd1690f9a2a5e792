namespace Vector20.Machine.Processors.Msrs;

/// <summary>Memory types as MTRRs and the PAT encode them, as sets with a bit for each.</summary>
[Manual("3A", "12.11", "Memory Type Range Registers (MTRRs)")]
[Manual("3A", "12.12.2", "IA32_PAT MSR")]
internal static class MemoryTypes
{
    private const int Uncacheable = 0, WriteCombining = 1, WriteThrough = 4, WriteProtected = 5, WriteBack = 6, UncachedMinus = 7;

    /// <summary>The types of an MTRR.</summary>
    public const uint InMtrr = 1 << Uncacheable | 1 << WriteCombining | 1 << WriteThrough | 1 << WriteProtected | 1 << WriteBack;

    /// <summary>The types of the PAT.</summary>
    public const uint InPat = InMtrr | 1 << UncachedMinus;

    /// <summary>Whether a byte is a type of a set.</summary>
    public static bool Is(byte type, uint set) => type < 8 && (set & 1u << type) != 0;

    /// <summary>Whether each of eight bytes is.</summary>
    public static bool AreAll(ulong types, uint set)
    {
        for (int i = 0; i < 8; i++)
            if (!Is((byte)(types >> 8 * i), set)) return false;
        return true;
    }
}
