using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Proving.Actions;
using Vector20.Proving.Exploring;
using Vector20.Proving.Properties;

namespace Vector20.Cli.Proving;

/// <summary>What was typed behind <c>prove</c>.</summary>
internal sealed record ProofOrder
{
    public required string Property { get; init; }

    public required int Depth { get; init; }

    public required int Cpus { get; init; }

    public required int Workers { get; init; }

    public required long Limit { get; init; }

    public string? Report { get; init; }

    public string? Replay { get; init; }

    public string? Checkpoint { get; init; }

    public string? Resume { get; init; }

    public IReadOnlyList<PartKind>? Parts { get; init; }

    public StepSize Size { get; init; }

    public VeCheck VeCheck { get; init; }

    public HardwareFaults HardwareFaults { get; init; }

    public HypervisorBugs HypervisorBugs { get; init; }

    public bool Json { get; init; }

    public bool Color { get; init; }

    /// <summary>The request.</summary>
    public ProofRequest Request(Func<Property> property) => new()
    {
        Property = property,
        Depth = Depth,
        Vcpus = [.. Enumerable.Range(1, Cpus)],
        Workers = Workers,
        StateLimit = Limit,
        Parts = Parts,
        Size = Size,
        VeCheck = VeCheck,
        HardwareFaults = HardwareFaults,
        HypervisorBugs = HypervisorBugs,
    };

    /// <summary>What is proved, for a checkpoint: what does not change it is left out. A property of the user's own is what its file says now.</summary>
    public string What => $"{Property}{PropertySource.DigestOf(Property)}, check {VeCheck}, hardware faults {HardwareFaults}, hypervisor bugs {HypervisorBugs}, steps {Size}, version {typeof(ProofOrder).Assembly.ManifestModule.ModuleVersionId}";
}
