namespace Vector20.Machine.Vmx;

/// <summary>VM exits by basic reason.</summary>
public sealed class ExitCounts
{
    private const int RowLength = 16, Rows = 8;

    /// <summary>A row is made when the first of its reasons occurs: most runs have few.</summary>
    private readonly long[]?[] _rows = new long[]?[Rows];

    /// <summary>How many exits there were for a reason.</summary>
    public long this[ExitReason reason] => _rows[(int)reason / RowLength]?[(int)reason % RowLength] ?? 0;

    /// <summary>How many exits there were.</summary>
    public long Total => All.Sum(c => c.Count);

    /// <summary>The reasons that occurred, the most frequent first.</summary>
    public IEnumerable<(ExitReason Reason, long Count)> ByFrequency =>
        All.Where(c => c.Count > 0).OrderByDescending(c => c.Count);

    internal void Add(ExitReason reason)
    {
        int basic = (int)reason & (Rows * RowLength - 1);
        (_rows[basic / RowLength] ??= new long[RowLength])[basic % RowLength]++;
    }

    private IEnumerable<(ExitReason Reason, long Count)> All =>
        Enumerable.Range(0, Rows * RowLength).Select(reason => ((ExitReason)reason, this[(ExitReason)reason]));
}
