using Vector20.Proving.Vectors;

namespace Vector20.Cli.Vectors;

/// <summary>A row of the JSON document.</summary>
internal sealed record VectorDocument(int Vector, string? Mnemonic, string Name, VectorClass Class, bool ValidForApic, IReadOnlyList<VectorOutcome> Outcomes)
{
    public static VectorDocument Of(VectorRow row) => new(
        row.Definition.Vector, row.Definition.Mnemonic, row.Definition.Name, row.Definition.Class, row.Definition.ValidForApic, row.Outcomes);
}
