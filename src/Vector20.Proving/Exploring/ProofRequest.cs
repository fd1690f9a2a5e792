using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Proving.Properties;

namespace Vector20.Proving.Exploring;

/// <summary>What is to be proved, and under which circumstances.</summary>
public sealed record ProofRequest
{
    /// <summary>Makes the property: one for each worker.</summary>
    public required Func<Property> Property { get; init; }

    /// <summary>How many actions a sequence has at most.</summary>
    public int Depth { get; init; } = 2;

    /// <summary>The numbers of vCPUs that sequences are explored with.</summary>
    public IReadOnlyList<int> Vcpus { get; init; } = [1, 2];

    /// <summary>What the #VE check does.</summary>
    public VeCheck VeCheck { get; init; } = VeCheck.Kill;

    /// <summary>Deviations of the silicon.</summary>
    public HardwareFaults HardwareFaults { get; init; }

    /// <summary>Deliberate bugs of the hypervisor.</summary>
    public HypervisorBugs HypervisorBugs { get; init; }

    /// <summary>Workers: threads that each have worlds of their own.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>How steps are cut.</summary>
    public Actions.StepSize Size { get; init; } = Actions.StepSize.Visible;

    /// <summary>States beyond which a part gives up: the verdict is then UNDECIDED.</summary>
    public long StateLimit { get; init; } = 5_000_000;

    /// <summary>Which parts are wanted; null: all.</summary>
    public IReadOnlyList<PartKind>? Parts { get; init; }
}

/// <summary>The parts of a proof, in the order in which they are done: those whose counterexamples are shortest first.</summary>
public enum PartKind
{
    /// <summary>The decision functions, over their whole input.</summary>
    Decisions,

    /// <summary>Every single action from the first state.</summary>
    Singles,

    /// <summary>Sequences of actions of vCPUs and host, with every interleaving of their steps.</summary>
    Sequences,

    /// <summary>Everything that sequences of any length can make of the EPT: a fixpoint.</summary>
    Closure,

    /// <summary>Every access to a page from each of the EPT states that the fixpoint has.</summary>
    Touches,
}
