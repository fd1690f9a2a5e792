using Vector20.Machine.Events;

namespace Vector20.Proving.Properties;

/// <summary>Sometimes: an event of a kind happens.</summary>
/// <param name="name">Its name.</param>
/// <param name="claim">What it says.</param>
/// <param name="matches">Which event.</param>
public sealed class Seen(string name, string claim, Func<EventStep, bool> matches) : Property
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override string Claim => claim;

    /// <inheritdoc/>
    public override PropertyKind Kind => PropertyKind.Sometimes;

    /// <inheritdoc/>
    public override string? Examine(Observation seen)
    {
        foreach (EventStep step in seen.Events)
            if (matches(step)) return claim;
        return null;
    }
}
