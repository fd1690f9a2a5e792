using Vector20.Hypervisor;
using Vector20.Machine.Memory;
using Vector20.Machine.Snapshots;
using Vector20.Proving.Actions;
using Vector20.Proving.Properties;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Exploring;

/// <summary>Does jobs: one for each worker, with worlds of its own, so that workers share nothing.</summary>
internal sealed class JobRunner(Func<Property> makeProperty) : IDisposable
{
    private readonly Property _property = makeProperty();
    private readonly Dictionary<WorldOptions, (FramePool Pool, World World)> _worlds = [];
    private readonly Observation _seen = new();
    private readonly Fingerprint _fingerprint = new();
    private readonly List<ulong> _scratch = [];
    private readonly List<WorldAction> _steps = [];
    private readonly Queue<(World World, WorldAction[] Path)> _open = new();
    private readonly HashSet<UInt128> _known = [];

    /// <summary>Does a job.</summary>
    public JobResult Do(Job job, CancellationToken cancellation)
    {
        var result = new JobResult();
        _known.Clear();
        IReadOnlyList<WorldAction> alphabet = Alphabets.Named(job.Alphabet, job.World);
        for (int parent = 0; parent < job.Paths.Count; parent++)
        {
            using World start = Follow(job, job.Paths[parent]);
            for (int i = job.From; i < job.To; i++)
            {
                if (cancellation.IsCancellationRequested) return result;
                if (!Performing.IsPossible(start, alphabet[i])) continue;
                if (Execute(job, start.Fork(), parent, [alphabet[i]], result) is { } reached) FollowSteps(job, reached, parent, [alphabet[i]], result);
            }
        }

        return result;
    }

    /// <summary>The world at the end of a path.</summary>
    public World Follow(Job job, WorldAction[] path)
    {
        World world = Origin(job.World).Fork();
        foreach (WorldAction action in path) Act(job, world, action);
        return world;
    }

    /// <summary>Performs an action of a job and looks at it. The observation is valid until the next.</summary>
    public Observation Observe(Job job, World world, in WorldAction action)
    {
        _seen.Begin(world, action);
        _property.Before(_seen);
        _seen.Finish(Act(job, world, action));
        return _seen;
    }

    /// <summary>As the other overload, and with everything that happened in words.</summary>
    public Observation Observe(Job job, World world, in WorldAction action, out IReadOnlyList<Answers.Step> steps)
    {
        var words = new List<Answers.Step>();
        _seen.Recorder.Words = words;
        world.Vm.Observer = _seen.Recorder.OnHypervisor;
        steps = words;
        Observation seen = Observe(job, world, action);
        _seen.Recorder.Words = null;
        world.Vm.Observer = null;
        return seen;
    }

    /// <summary>The property that the runner checks.</summary>
    public Property Property => _property;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((FramePool pool, World world) in _worlds.Values)
        {
            world.Dispose();
            pool.Dispose();
        }
    }

    private static ActionEnd Act(Job job, World world, in WorldAction action) =>
        job.Mode == JobMode.Interleaved ? Interleaving.Apply(world, action, job.Size) : Performing.Perform(world, action);

    /// <summary>Performs the last action of a path in a world, which is used up. The world comes back if what it has become is new and its steps are to be followed.</summary>
    private World? Execute(Job job, World world, int parent, WorldAction[] path, JobResult result)
    {
        Observation seen = Observe(job, world, path[^1]);
        result.Executed++;
        result.Ends[(int)seen.End]++;
        result.Coverage.Add(seen);
        Check(seen, parent, path, result);
        if (seen.End == ActionEnd.Unsupported) Count(result, world);
        else if (seen.End == ActionEnd.Busy) result.FirstBusy ??= $"{string.Join("; ", job.Paths[parent].Concat(path))}, in the world {job.World}";
        if (job.Mode != JobMode.Single && seen.End == ActionEnd.Quiet && IsNew(job, world, parent, path, result) && job.Mode == JobMode.Interleaved) return world;
        world.Dispose();
        return null;
    }

    private bool IsNew(Job job, World world, int parent, WorldAction[] path, JobResult result)
    {
        UInt128 state = world.Hash(_fingerprint, _scratch);
        if (!_known.Add(state)) return false;
        result.States.Add(new Discovery(state, job.Mode == JobMode.Whole ? world.HypervisorHash(_fingerprint) : 0, parent, path));
        return true;
    }

    /// <summary>Every order of the steps that are possible from a world on, until there are none.</summary>
    private void FollowSteps(Job job, World first, int parent, WorldAction[] path, JobResult result)
    {
        _open.Enqueue((first, path));
        while (_open.TryDequeue(out (World World, WorldAction[] Path) next))
        {
            World world = next.World;
            _steps.Clear();
            Interleaving.AddSteps(world, _steps);
            if (_steps.Count == 0) world.Dispose();
            for (int i = 0; i < _steps.Count; i++)
            {
                WorldAction[] longer = [.. next.Path, _steps[i]];
                bool last = i == _steps.Count - 1;
                if (Execute(job, last ? world : world.Fork(), parent, longer, result) is { } reached) _open.Enqueue((reached, longer));
            }
        }
    }

    private void Check(Observation seen, int parent, WorldAction[] path, JobResult result)
    {
        if (result.Violation is null && _property.Examine(seen) is { } what)
            result.Violation = new Violation(parent, path, what, _property.BlameFor(seen));
        IReadOnlyList<Property> guards = _property.Guards;
        for (int i = 0; i < guards.Count; i++)
            if ((result.Guards >> i & 1) == 0 && guards[i].Examine(seen) is not null) result.Guards |= 1ul << i;
    }

    private static void Count(JobResult result, World world)
    {
        string what = world.Computer.Processors.Select(p => p.UnsupportedFeature).FirstOrDefault(w => w is not null) ?? "not known";
        result.Unsupported[what] = result.Unsupported.GetValueOrDefault(what) + 1;
    }

    private World Origin(WorldOptions options)
    {
        if (_worlds.TryGetValue(options, out (FramePool Pool, World World) made)) return made.World;
        var pool = new FramePool();
        World world = World.Make(options, pool);
        _worlds.Add(options, (pool, world));
        return world;
    }
}
