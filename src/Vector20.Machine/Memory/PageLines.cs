namespace Vector20.Machine.Memory;

/// <summary>A page as 64 lines of 64 bytes, one bit each.</summary>
internal static class PageLines
{
    /// <summary>The lines that some bytes of a page lie in.</summary>
    public static ulong Of(int offset, int length) =>
        ulong.MaxValue >> (63 - (offset + length - 1 >> 6)) & ulong.MaxValue << (offset >> 6);
}
