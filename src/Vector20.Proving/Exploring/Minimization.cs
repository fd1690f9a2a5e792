using Vector20.Proving.Actions;
using Vector20.Proving.Properties;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Exploring;

/// <summary>Leaves out of a counterexample what it does not need.</summary>
internal static class Minimization
{
    /// <summary>Leaves out one action or step after another, as long as the property is violated still.</summary>
    public static Counterexample Of(Counterexample found, Func<Property> property, StepSize size)
    {
        using var runner = new JobRunner(property);
        bool shorter = true;
        while (shorter)
        {
            shorter = false;
            for (int i = 0; i < found.Path.Count && !shorter; i++)
            {
                WorldAction[] without = [.. found.Path.Where((_, at) => at != i)];
                if (Violation(runner, found with { Path = without }, size) is not { } smaller) continue;
                found = smaller;
                shorter = true;
            }
        }

        return found;
    }

    /// <summary>The path up to where it violates the property. Null: it does not, or an action is not possible where it stands.</summary>
    private static Counterexample? Violation(JobRunner runner, Counterexample candidate, StepSize size)
    {
        if (candidate.Path.Count == 0) return null;
        var job = new Job(candidate.World, [], Alphabets.Classes, 0, 0, candidate.Interleaved ? JobMode.Interleaved : JobMode.Single, size);
        using World world = runner.Follow(job, []);
        for (int i = 0; i < candidate.Path.Count; i++)
        {
            WorldAction action = candidate.Path[i];
            if (!Interleaving.IsPossible(world, action)) return null;
            Observation seen = runner.Observe(job, world, action);
            if (runner.Property.Examine(seen) is not { } what) continue;
            Blame blame = runner.Property.BlameFor(seen);
            return candidate with { Path = [.. candidate.Path.Take(i + 1)], What = what, Who = blame.Who, Why = blame.Why };
        }

        return null;
    }
}
