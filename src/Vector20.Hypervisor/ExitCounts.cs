using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor;

/// <summary>VM exits by basic reason.</summary>
public sealed class ExitCounts
{
    private readonly long[] _counts = new long[128];

    /// <summary>How many exits there were for a reason.</summary>
    public long this[ExitReason reason] => _counts[(int)reason];

    /// <summary>How many exits there were.</summary>
    public long Total => _counts.Sum();

    /// <summary>The reasons that occurred, the most frequent first.</summary>
    public IEnumerable<(ExitReason Reason, long Count)> ByFrequency =>
        _counts.Select((count, reason) => ((ExitReason)reason, count)).Where(c => c.count > 0).OrderByDescending(c => c.count);

    internal void Add(ExitReason reason) => _counts[(int)reason & 127]++;
}
