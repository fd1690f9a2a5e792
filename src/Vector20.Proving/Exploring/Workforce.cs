using System.Collections.Concurrent;
using Vector20.Proving.Properties;

namespace Vector20.Proving.Exploring;

/// <summary>
/// Does lists of jobs on several threads. What comes out depends on the jobs alone: results are in the order of the jobs, and once a job has found a violation
/// only those before it matter.
/// </summary>
internal sealed class Workforce : IDisposable
{
    private readonly ThreadLocal<JobRunner> _runners;
    private readonly int _workers;
    private readonly Checkpoint? _checkpoint;
    private readonly Progress _progress;

    public Workforce(Func<Property> property, int workers, Checkpoint? checkpoint, Progress progress)
    {
        _runners = new ThreadLocal<JobRunner>(() => new JobRunner(property), trackAllValues: true);
        _workers = workers;
        _checkpoint = checkpoint;
        _progress = progress;
    }

    /// <summary>Does the jobs. Null in the place of those that were not done: behind the first violation, or cancelled.</summary>
    public JobResult?[] Do(IReadOnlyList<Job> jobs, CancellationToken cancellation)
    {
        var results = new JobResult?[jobs.Count];
        int next = -1, firstViolation = int.MaxValue;
        void Work()
        {
            while (!cancellation.IsCancellationRequested)
            {
                int i = Interlocked.Increment(ref next);
                if (i >= jobs.Count || i > Volatile.Read(ref firstViolation)) return;
                JobResult? result = DoOne(jobs[i], cancellation);
                if (result is null) return;
                results[i] = result;
                if (result.Violation is not null) Lower(ref firstViolation, i);
            }
        }

        Task[] tasks = [.. Enumerable.Range(0, Math.Min(_workers, jobs.Count)).Select(_ => Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        Task.WaitAll(tasks, CancellationToken.None);
        for (int i = firstViolation + 1; i < results.Length && i > 0; i++) results[i] = null;
        return results;
    }

    public void Dispose()
    {
        foreach (JobRunner runner in _runners.Values) runner.Dispose();
        _runners.Dispose();
    }

    private JobResult? DoOne(Job job, CancellationToken cancellation)
    {
        UInt128 key = job.Key;
        if (_checkpoint?.Find(key) is { } known)
        {
            _progress.Add(known.Executed, recalled: true);
            return known;
        }

        JobResult result = _runners.Value!.Do(job, cancellation);
        if (cancellation.IsCancellationRequested) return null;
        _checkpoint?.Add(key, result);
        _progress.Add(result.Executed, recalled: false);
        return result;
    }

    private static void Lower(ref int place, int value)
    {
        int seen = Volatile.Read(ref place);
        while (value < seen)
        {
            int before = Interlocked.CompareExchange(ref place, value, seen);
            if (before == seen) return;
            seen = before;
        }
    }
}
