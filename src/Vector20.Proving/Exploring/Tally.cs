namespace Vector20.Proving.Exploring;

/// <summary>The sum of many jobs' results.</summary>
internal sealed class Tally
{
    public ulong Guards { get; private set; }

    public long[] Ends { get; } = new long[4];

    public SortedDictionary<string, long> Unsupported { get; } = new(StringComparer.Ordinal);

    public string? FirstBusy { get; private set; }

    public Coverage Coverage { get; } = new();

    public void Add(JobResult result)
    {
        Guards |= result.Guards;
        for (int i = 0; i < Ends.Length; i++) Ends[i] += result.Ends[i];
        foreach ((string what, long count) in result.Unsupported) Unsupported[what] = Unsupported.GetValueOrDefault(what) + count;
        FirstBusy ??= result.FirstBusy;
        Coverage.Add(result.Coverage);
    }
}
