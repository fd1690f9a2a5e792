using System.Text.Json;
using Vector20.Proving.Exploring;
using Vector20.Proving.Properties;

namespace Vector20.Proving.Tests.Exploring;

/// <summary>Runs proofs, and tells one from another.</summary>
internal static class Proofs
{
    private static readonly JsonSerializerOptions s_options = new() { IncludeFields = true, WriteIndented = true };

    /// <summary>The sequences of one action alone: small, with every kind of step.</summary>
    public static ProofRequest Small { get; } = new() { Property = () => new NoVe(), Parts = [PartKind.Sequences], Depth = 1, Vcpus = [1, 2], Workers = 1 };

    public static Proof Run(ProofRequest request, Checkpoint? checkpoint = null, CancellationToken cancellation = default)
    {
        using var prover = new Prover(request, checkpoint, cancellation);
        return prover.Run();
    }

    /// <summary>All that a proof says but for times and workers.</summary>
    public static string Text(Proof proof)
    {
        foreach (PartResult part in proof.Parts) part.Seconds = 0;
        return JsonSerializer.Serialize(proof with { Seconds = 0, Workers = 0 }, s_options);
    }
}
