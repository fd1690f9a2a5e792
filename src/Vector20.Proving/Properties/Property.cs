namespace Vector20.Proving.Properties;

/// <summary>When a property must hold.</summary>
public enum PropertyKind
{
    /// <summary>After every action. <see cref="Property.Examine"/> answers what is wrong.</summary>
    Always,

    /// <summary>At no time: <see cref="Property.Examine"/> answers what has happened that must not.</summary>
    Never,

    /// <summary>At least once, so that a proof is not one of nothing: <see cref="Property.Examine"/> answers what was seen.</summary>
    Sometimes,
}

/// <summary>
/// What is to be proved: a statement about what the machine and the hypervisor do while they perform an action. Each worker has an object of its own, and
/// calls it for one action after another.
/// </summary>
public abstract class Property
{
    /// <summary>Its name, in kebab case.</summary>
    public abstract string Name { get; }

    /// <summary>What it says, in a sentence.</summary>
    public abstract string Claim { get; }

    /// <summary>When it must hold.</summary>
    public virtual PropertyKind Kind => PropertyKind.Always;

    /// <summary>What must happen sometimes for the proof to mean something.</summary>
    public virtual IReadOnlyList<Property> Guards => [];

    /// <summary>An action is about to be performed: a place to remember how things are.</summary>
    public virtual void Before(Observation seen)
    {
    }

    /// <summary>An action has been performed. Null: nothing to say.</summary>
    public abstract string? Examine(Observation seen);

    /// <summary>Who is to blame for what <see cref="Examine"/> found, as far as it can be told.</summary>
    public virtual Blame BlameFor(Observation seen) => Blame.Unknown;
}

/// <summary>Who broke a rule.</summary>
/// <param name="Who">Hypervisor, processor, or not known.</param>
/// <param name="Why">The rule, and how it was broken: one line.</param>
public sealed record Blame(string Who, string Why)
{
    /// <summary>It cannot be told.</summary>
    public static Blame Unknown { get; } = new("unknown", "");
}
