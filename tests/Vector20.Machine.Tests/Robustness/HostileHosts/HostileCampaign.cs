using System.Collections.Concurrent;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Robustness.HostileHosts;

/// <summary>Hostile hosts of consecutive seeds on every processor of the machine beneath, until so many attempts were made or some rules were found broken.</summary>
internal sealed class HostileCampaign
{
    private const int MostBroken = 8;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly HostileRun?[] _runs;
    private readonly long _wanted;
    private readonly HardwareFaults _faults;
    private int _seed;
    private readonly ConcurrentDictionary<string, string> _broken = new();

    private HostileCampaign(int firstSeed, long attempts, HardwareFaults faults)
    {
        _faults = faults;
        _runs = new HostileRun[Math.Min(Environment.ProcessorCount, 4)];
        (_seed, _wanted) = (firstSeed - 1, attempts);
    }

    /// <summary>What broke rules, or hung, and how to see it again, a line each; null if nothing did.</summary>
    public string? Broken => _broken.IsEmpty ? null : string.Join(Environment.NewLine, _broken.Values);

    public long Attempts => _runs.Sum(run => run?.Attempts ?? 0);

    public static HostileCampaign Run(int firstSeed, long attempts, HardwareFaults faults = HardwareFaults.None)
    {
        var campaign = new HostileCampaign(firstSeed, attempts, faults);
        Task[] workers = [.. Enumerable.Range(0, campaign._runs.Length).Select(i => Task.Factory.StartNew(() => campaign.Work(i), TaskCreationOptions.LongRunning))];
        campaign.Watch(Task.WhenAll(workers));
        return campaign;
    }

    public override string ToString()
    {
        IEnumerable<string> Sums<T>(Func<HostileRun, Dictionary<T, long>> of) where T : struct, Enum =>
            _runs.OfType<HostileRun>().SelectMany(of).GroupBy(pair => pair.Key).OrderByDescending(group => group.Sum(pair => pair.Value))
                .Select(group => $"{group.Key} {group.Sum(pair => pair.Value)}");
        return $"{Attempts} attempts of {_seed} hosts: {string.Join(", ", Sums(run => run.Outcomes))}; reasons: {string.Join(", ", Sums(run => run.Reasons))}; "
            + $"errors: {string.Join(", ", _runs.OfType<HostileRun>().SelectMany(run => run.Errors).Distinct())}";
    }

    private void Work(int index)
    {
        using var host = new HostileHost(_faults);
        HostileRun run = _runs[index] = new HostileRun(host);
        while (_broken.Count < MostBroken && Attempts < _wanted)
        {
            try
            {
                if (run.Run(Interlocked.Increment(ref _seed)) is { } broken) Add(broken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Add($"{run.At}: {e}");
            }
        }
    }

    /// <summary>One example is kept of each rule broken, whatever the numbers in its words.</summary>
    private void Add(string broken)
    {
        string rule = broken[(broken.IndexOf(": ", StringComparison.Ordinal) + 2)..].Split(';')[0];
        _broken.TryAdd(string.Concat(rule.Where(c => !char.IsAsciiHexDigitUpper(c))), broken);
    }

    /// <summary>A host whose attempt takes longer than patience has hung: it cannot be stopped, but it can be named.</summary>
    private void Watch(Task workers)
    {
        while (!workers.Wait(s_patience))
        {
            (int, int)[] before = [.. _runs.Select(run => run?.At ?? default)];
            if (workers.Wait(s_patience)) return;
            for (int i = 0; i < _runs.Length; i++)
            {
                if (before[i] != _runs[i]?.At) continue;
                Add($"{before[i]}: hangs");
                return;
            }
        }
    }
}
