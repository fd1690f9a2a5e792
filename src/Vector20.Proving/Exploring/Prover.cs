using System.Diagnostics;
using Vector20.Proving.Actions;
using Vector20.Proving.Decisions;
using Vector20.Proving.Properties;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Exploring;

/// <summary>Proves a property, or finds the shortest counterexample. What is found depends on the request alone, not on the number of workers.</summary>
public sealed class Prover : IDisposable
{
    private readonly ProofRequest _request;
    private readonly CancellationToken _cancellation;
    private readonly Workforce _workforce;
    private readonly Property _property;
    private readonly List<PartResult> _parts = [];
    private readonly Tally _tally = new();
    private readonly Dictionary<WorldOptions, List<WorldAction[]>> _hypervisorStates = [];
    private IReadOnlyList<DecisionResult> _decisions = [];
    private Counterexample? _counterexample;

    /// <summary>Prepares a proof.</summary>
    public Prover(ProofRequest request, Checkpoint? checkpoint = null, CancellationToken cancellation = default)
    {
        _request = request;
        _cancellation = cancellation;
        _property = request.Property();
        _workforce = new Workforce(request.Property, request.Workers, checkpoint, Progress);
    }

    /// <summary>How far it has come.</summary>
    public Progress Progress { get; } = new();

    /// <summary>Does all parts, and stops at the first violation.</summary>
    public Proof Run()
    {
        var watch = Stopwatch.StartNew();
        foreach (PartKind kind in Enum.GetValues<PartKind>())
        {
            if (!Wants(kind) || _property is DecisionRules && kind != PartKind.Decisions) continue;
            if (_counterexample is not null || _cancellation.IsCancellationRequested) break;
            Do(kind);
        }

        return Conclude(watch.Elapsed.TotalSeconds);
    }

    /// <inheritdoc/>
    public void Dispose() => _workforce.Dispose();

    /// <summary>The accesses to pages begin in the states that the fixpoint has.</summary>
    private bool Wants(PartKind kind) =>
        _request.Parts is not { } wanted || wanted.Contains(kind) || kind == PartKind.Closure && wanted.Contains(PartKind.Touches);

    private void Do(PartKind kind)
    {
        Progress.Part = Questions.Names.Of(kind);
        Progress.States = Progress.Frontier = 0;
        switch (kind)
        {
            case PartKind.Decisions:
                Timed(new PartResult { Kind = kind, What = "the decision functions of machine and hypervisor, over their whole input" }, Decide);
                break;
            case PartKind.Singles:
                Timed(new PartResult { Kind = kind, What = "every single action from the first state" }, part => DoAll(part, SingleJobs()));
                break;
            case PartKind.Sequences:
                foreach (WorldOptions world in WorldList.Sequences(_request))
                    if (_counterexample is null) Timed(new PartResult { Kind = kind, What = $"sequences of up to {_request.Depth} actions, every interleaving ({world})" }, part => Explore(part, world, JobMode.Interleaved));
                break;
            case PartKind.Closure:
                foreach (WorldOptions world in WorldList.Closures(_request))
                    if (_counterexample is null) Timed(new PartResult { Kind = kind, What = $"sequences of host operations and accesses, of any length ({world})" }, part => Explore(part, world, JobMode.Whole));
                break;
            default:
                Timed(new PartResult { Kind = kind, What = "every access to a page, in each of these states, in every mode" }, part => DoAll(part, TouchJobs()));
                break;
        }
    }

    private void Timed(PartResult part, Action<PartResult> work)
    {
        var watch = Stopwatch.StartNew();
        _parts.Add(part);
        work(part);
        part.Seconds = watch.Elapsed.TotalSeconds;
    }

    private void Decide(PartResult part)
    {
        _decisions = DecisionTable.Run(_request);
        part.Executed = _decisions.Sum(d => d.Inputs);
        part.End = PartEnd.Complete;
    }

    private List<Job> SingleJobs()
    {
        const int Slice = 2000;
        var jobs = new List<Job>();
        foreach ((WorldOptions world, string alphabet) in WorldList.Singles(_request))
        {
            int count = Alphabets.Named(alphabet, world).Count;
            for (int from = 0; from < count; from += Slice)
                jobs.Add(new Job(world, [[]], alphabet, from, Math.Min(count, from + Slice), JobMode.Single));
        }

        return jobs;
    }

    private List<Job> TouchJobs()
    {
        const int Slice = 16;
        var jobs = new List<Job>();
        foreach ((WorldOptions world, List<WorldAction[]> paths) in _hypervisorStates)
            foreach ((Questions.CpuMode mode, int cpl) in WorldList.Modes)
            {
                WorldOptions acts = world with { Mode = mode, Cpl = cpl, Apic = Hypervisor.VirtualApicMode.Bare };
                foreach (WorldAction[][] chunk in paths.Chunk(Slice))
                    jobs.Add(new Job(acts, chunk, Alphabets.Touches, 0, Alphabets.Named(Alphabets.Touches, acts).Count, JobMode.Single));
            }

        return jobs;
    }

    /// <summary>Jobs that do not depend on one another.</summary>
    private void DoAll(PartResult part, List<Job> jobs)
    {
        JobResult?[] results = _workforce.Do(jobs, _cancellation);
        part.End = PartEnd.Complete;
        for (int i = 0; i < jobs.Count; i++)
        {
            if (results[i] is not { } result)
            {
                if (part.End == PartEnd.Complete) part.End = PartEnd.Stopped;
                continue;
            }

            Take(part, jobs[i], result);
        }
    }

    /// <summary>Breadth first, from the world's first state: all of one length before any that is longer.</summary>
    private void Explore(PartResult part, WorldOptions world, JobMode mode)
    {
        var exploration = new Exploration(_request, world, mode);
        part.End = PartEnd.Complete;
        while (exploration.NextJobs() is { Count: > 0 } jobs)
        {
            Progress.States = exploration.States;
            Progress.Frontier = exploration.Frontier;
            JobResult?[] results = _workforce.Do(jobs, _cancellation);
            for (int i = 0; i < jobs.Count; i++)
            {
                if (results[i] is not { } result) continue;
                Take(part, jobs[i], result);
                exploration.Take(jobs[i], result);
            }

            if (part.End == PartEnd.Violated) break;
            if (_cancellation.IsCancellationRequested) part.End = PartEnd.Stopped;
            else if (exploration.States > _request.StateLimit) part.End = PartEnd.Limit;
            if (part.End != PartEnd.Complete) break;
        }

        part.States = exploration.States;
        part.Depth = exploration.Depth;
        if (part.End == PartEnd.Complete && exploration.IsClosed) part.End = PartEnd.Fixpoint;
        if (mode == JobMode.Whole) _hypervisorStates[world] = exploration.HypervisorStates;
    }

    private void Take(PartResult part, Job job, JobResult result)
    {
        part.Executed += result.Executed;
        _tally.Add(result);
        if (result.Violation is not { } violation || part.End == PartEnd.Violated) return;
        part.End = PartEnd.Violated;
        Counterexample found = new(job.World, [.. job.Paths[violation.Parent], .. violation.Path], job.Mode == JobMode.Interleaved, violation.What, violation.Blame.Who, violation.Blame.Why, part.Kind);
        _counterexample = Minimization.Of(found, _request.Property, job.Size);
    }

    private Proof Conclude(double seconds)
    {
        DecisionResult? broken = _decisions.FirstOrDefault(d => d.Broken is not null);
        (ProofVerdict verdict, string why) = Verdicts.Of(_property, _parts, _tally, _counterexample, broken);
        return new Proof
        {
            Property = _property.Name,
            Claim = _property.Claim,
            Verdict = verdict,
            Why = why,
            Parts = _parts,
            Decisions = _decisions,
            Assumptions = Exploring.Assumptions.All,
            Guards = [.. _property.Guards.Select((guard, i) => (guard.Name, guard.Claim, (_tally.Guards >> i & 1) != 0))],
            Excluded = _tally.Unsupported,
            Ends = _tally.Ends,
            Counterexample = _counterexample,
            Coverage = _tally.Coverage,
            Depth = _request.Depth,
            Vcpus = _request.Vcpus,
            Workers = _request.Workers,
            Seconds = seconds,
        };
    }
}
