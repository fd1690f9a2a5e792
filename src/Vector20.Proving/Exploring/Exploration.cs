using Vector20.Proving.Actions;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Exploring;

/// <summary>
/// A search breadth first: states by the number of actions that lead to them. A state is explored once, by the first path to it in the canonical order.
/// </summary>
internal sealed class Exploration
{
    private const int Chunk = 12;
    private readonly ProofRequest _request;
    private readonly WorldOptions _world;
    private readonly JobMode _mode;
    private readonly HashSet<UInt128> _known = [], _hypervisor = [];
    private List<WorldAction[]> _frontier = [[]];
    private long _beyond;
    private readonly int _alphabet;
    private readonly string _name;

    public Exploration(ProofRequest request, WorldOptions world, JobMode mode)
    {
        _request = request;
        _world = world;
        _mode = mode;
        _name = mode == JobMode.Whole ? Alphabets.Memory : Alphabets.Classes;
        _alphabet = Alphabets.Named(_name, world).Count;
        HypervisorStates.Add([]);
    }

    /// <summary>States found, the first included.</summary>
    public long States => _known.Count + 1;

    /// <summary>States not explored yet.</summary>
    public long Frontier => _frontier.Count + _beyond;

    /// <summary>The number of actions of the longest paths.</summary>
    public int Depth { get; private set; }

    /// <summary>Whether no state is left to explore, whatever the depth.</summary>
    public bool IsClosed => Frontier == 0;

    /// <summary>One path to each of the states of EPT and slots.</summary>
    public List<WorldAction[]> HypervisorStates { get; } = [];

    /// <summary>The next level: the states of the same number of actions. None at the depth that was asked for.</summary>
    public List<Job> NextJobs()
    {
        if (IsLast) return [];
        List<WorldAction[]> level = _frontier;
        _frontier = [];
        if (level.Count > 0) Depth++;
        return [.. level.Chunk(Chunk).Select(paths => new Job(_world, paths, _name, 0, _alphabet, _mode, _request.Size))];
    }

    /// <summary>Takes the states that a job has found. How to come to those that are not explored any more is of no interest.</summary>
    public void Take(Job job, JobResult result)
    {
        foreach (Discovery found in result.States)
        {
            if (!_known.Add(found.State)) continue;
            if (IsLast)
            {
                _beyond++;
                continue;
            }

            WorldAction[] path = [.. job.Paths[found.Parent], .. found.Path];
            if (_mode == JobMode.Whole && _hypervisor.Add(found.Hypervisor)) HypervisorStates.Add(path);
            _frontier.Add(path);
        }
    }

    private bool IsLast => _mode == JobMode.Interleaved && Depth >= _request.Depth;
}
