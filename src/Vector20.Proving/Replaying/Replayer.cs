using Vector20.Hypervisor.Check;
using Vector20.Proving.Actions;
using Vector20.Proving.Answers;
using Vector20.Proving.Exploring;
using Vector20.Proving.Properties;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Replaying;

/// <summary>One action of a replay, and what happened while it was performed.</summary>
/// <param name="Action">The action.</param>
/// <param name="Steps">The path, step by step, each with its section of the manual.</param>
public sealed record ReplayedAction(string Action, IReadOnlyList<Step> Steps);

/// <summary>What came of a replay.</summary>
/// <param name="Actions">The actions, in order, up to the one that violates the property.</param>
/// <param name="Violation">What was seen; null: the property was not violated.</param>
/// <param name="Blame">Who broke a rule.</param>
/// <param name="Dump">The check's dump, if it fired.</param>
/// <param name="Impossible">The action that is not possible where it stands; null: all were.</param>
public sealed record Replayed(IReadOnlyList<ReplayedAction> Actions, string? Violation, Blame Blame, VeDump? Dump, string? Impossible);

/// <summary>Executes a counterexample again, and writes down every step.</summary>
public static class Replayer
{
    /// <summary>Executes it.</summary>
    public static Replayed Run(Replay replay, Func<Property> property)
    {
        using var runner = new JobRunner(property);
        var job = new Job(replay.World, [], Alphabets.Classes, 0, 0, replay.Interleaved ? JobMode.Interleaved : JobMode.Single, replay.Size);
        using World world = runner.Follow(job, []);
        var done = new List<ReplayedAction>();
        foreach (WorldAction action in replay.Path)
        {
            if (!Interleaving.IsPossible(world, action)) return new Replayed(done, null, Blame.Unknown, null, action.ToString());
            Observation seen = runner.Observe(job, world, action, out IReadOnlyList<Step> steps);
            done.Add(new ReplayedAction(action.ToString(), steps));
            if (runner.Property.Examine(seen) is { } what) return new Replayed(done, what, runner.Property.BlameFor(seen), world.Vm.Dumps is [var dump, ..] ? dump : null, null);
        }

        return new Replayed(done, null, Blame.Unknown, null, null);
    }
}
