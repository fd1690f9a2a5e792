using System.Text.Json;

namespace Vector20.Cli.Tests;

public class VectorsTests
{
    [Fact]
    [Trait("Speed", "Slow")]
    public void The_table_has_a_line_for_vector_20_and_joins_what_is_alike()
    {
        CommandResult result = Cli.Run("vectors");
        string line = Assert.Single(result.Output.Split('\n'), l => l.Contains("#VE", StringComparison.Ordinal));
        Assert.Equal(3, line.Split("delivered").Length - 1);
        Assert.Contains("32-255", result.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Good, result.ExitCode);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_document_has_all_256_and_a_hardware_fault_changes_it()
    {
        Assert.False(IpiDelivered(Vectors(), 5));
        Assert.True(IpiDelivered(Vectors(), 16));
        Assert.True(IpiDelivered(Vectors("--hypervisor", "none", "--hardware-fault", "apic-accepts-illegal-vectors"), 5));
    }

    private static JsonElement Vectors(params string[] options)
    {
        JsonElement vectors = JsonDocument.Parse(Cli.Run(["vectors", "--json", .. options]).Output).RootElement.GetProperty("vectors");
        Assert.Equal(256, vectors.GetArrayLength());
        return vectors;
    }

    private static bool IpiDelivered(JsonElement vectors, int vector) =>
        vectors[vector].GetProperty("outcomes").EnumerateArray().Single(o => o.GetProperty("source").GetString() == "ipi").GetProperty("delivered").GetBoolean();
}
