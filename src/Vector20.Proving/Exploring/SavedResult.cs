using System.Globalization;
using Vector20.Proving.Actions;
using Vector20.Proving.Properties;

namespace Vector20.Proving.Exploring;

/// <summary>A job's result as a checkpoint keeps it: actions in words, equal ones in a row as one with a count, hashes in hexadecimal, counts that are not 0 alone.</summary>
internal sealed record SavedResult(
    long Executed, long[] Ends, string[] States, SavedViolation? Violation, ulong Guards, Dictionary<string, long> Unsupported, string? FirstBusy,
    Dictionary<int, long> Delivered, Dictionary<int, long> Exits, Dictionary<int, long> Transitions, long EptViolations)
{
    public static SavedResult Of(JobResult result) => new(
        result.Executed,
        result.Ends,
        [.. result.States.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.State:x32} {s.Hypervisor:x32} {s.Parent} {Words(s.Path)}"))],
        result.Violation is { } v ? new SavedViolation(v.Parent, Words(v.Path), v.What, v.Blame.Who, v.Blame.Why) : null,
        result.Guards,
        new Dictionary<string, long>(result.Unsupported),
        result.FirstBusy,
        Sparse(result.Coverage.Delivered),
        Sparse(result.Coverage.Exits),
        Sparse(result.Coverage.Transitions),
        result.Coverage.Violations);

    /// <summary>The result again. A <see cref="FormatException"/> where what was written is not what <see cref="Of"/> writes.</summary>
    public JobResult ToResult()
    {
        var result = new JobResult
        {
            Executed = Executed,
            Ends = Ends,
            States = [.. States.Select(ToDiscovery)],
            Violation = Violation is { } v ? new Violation(v.Parent, ToPath(v.Path), v.What, new Blame(v.Who, v.Why)) : null,
            Guards = Guards,
            Unsupported = new SortedDictionary<string, long>(Unsupported, StringComparer.Ordinal),
            FirstBusy = FirstBusy,
        };
        Fill(result.Coverage.Delivered, Delivered);
        Fill(result.Coverage.Exits, Exits);
        Fill(result.Coverage.Transitions, Transitions);
        result.Coverage.Violations = EptViolations;
        return result;
    }

    private static Discovery ToDiscovery(string text)
    {
        string[] parts = text.Split(' ', 4);
        return new Discovery(ToHash(parts[0]), ToHash(parts[1]), int.Parse(parts[2], CultureInfo.InvariantCulture), ToPath(parts[3]));
    }

    private static string Words(IReadOnlyList<WorldAction> path)
    {
        var words = new List<string>();
        for (int i = 0; i < path.Count;)
        {
            int first = i;
            while (i < path.Count && path[i] == path[first]) i++;
            words.Add(i - first == 1 ? path[first].ToString() : string.Create(CultureInfo.InvariantCulture, $"{path[first]}*{i - first}"));
        }

        return string.Join(';', words);
    }

    private static WorldAction[] ToPath(string text) => [.. text.Split(';').SelectMany(ToActions)];

    private static IEnumerable<WorldAction> ToActions(string text)
    {
        string[] parts = text.Split('*');
        return Enumerable.Repeat(ToAction(parts[0]), parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 1);
    }

    private static UInt128 ToHash(string text) => UInt128.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static WorldAction ToAction(string text) => WorldAction.TryParse(text, out WorldAction action) ? action : throw new FormatException(text);

    private static Dictionary<int, long> Sparse(long[] counts) =>
        counts.Select((count, i) => (i, count)).Where(c => c.count != 0).ToDictionary(c => c.i, c => c.count);

    private static void Fill(long[] counts, Dictionary<int, long> sparse)
    {
        foreach ((int i, long count) in sparse)
        {
            if ((uint)i >= (uint)counts.Length) throw new FormatException($"there is no count {i}");
            counts[i] = count;
        }
    }
}

/// <summary>A violation as a checkpoint keeps it.</summary>
internal sealed record SavedViolation(int Parent, string Path, string What, string Who, string Why);
