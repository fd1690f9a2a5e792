using Spectre.Console;
using Vector20.Cli.Output;
using Vector20.Proving.Questions;
using Vector20.Proving.Vectors;

namespace Vector20.Cli.Vectors;

/// <summary>The table for people. Neighbours that differ in their number alone share a line.</summary>
internal static class VectorsText
{
    public static void Write(IReadOnlyList<VectorRow> rows, TextWriter output, bool color)
    {
        Table table = Renderer.Table(["vector", "", "name", "class", .. VectorSurvey.Sources]);
        table.Columns[0].RightAligned();
        for (int first = 0, next; first < rows.Count; first = next)
        {
            for (next = first + 1; next < rows.Count && Alike(rows[first], rows[next]); next++);
            VectorDefinition vector = rows[first].Definition;
            string number = next == first + 1 ? $"{vector.Vector}" : $"{vector.Vector}-{rows[next - 1].Definition.Vector}";
            string[] cells = [number, vector.Mnemonic ?? "", vector.Name, Names.Of(vector.Class), .. rows[first].Outcomes.Select(outcome => outcome.What)];
            table.AddRow([.. cells.Select(Markup.Escape)]);
        }

        Renderer.Write(table, output, color);
    }

    private static bool Alike(VectorRow a, VectorRow b) =>
        a.Definition with { Vector = 0 } == b.Definition with { Vector = 0 } && a.Outcomes.Select(o => o.What).SequenceEqual(b.Outcomes.Select(o => o.What));
}
