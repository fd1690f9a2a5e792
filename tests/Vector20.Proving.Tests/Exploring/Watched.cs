using Vector20.Proving.Properties;

namespace Vector20.Proving.Tests.Exploring;

/// <summary>A property that always holds, and tells whenever an action is about to be executed.</summary>
internal sealed class Watched(Action acting) : Property
{
    public override string Name => "watched";

    public override string Claim => "whatever happens is right";

    public override void Before(Observation seen) => acting();

    public override string? Examine(Observation seen) => null;
}
