using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Proving.Deviations;
using Vector20.Proving.Exploring;
using Vector20.Testing;

namespace Vector20.Proving.Tests.Deviations;

/// <summary>docs/deviations.md says of every deliberate deviation what refutes it, and that is what happens.</summary>
public class DeviationTableTests
{
    private static string File => Path.Combine(Repository.Root, "docs", "deviations.md");

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_table_in_docs_is_what_the_prover_finds()
    {
        string table = DeviationTable.Markdown();
        if (Environment.GetEnvironmentVariable("VECTOR20_UPDATE") == "1") System.IO.File.WriteAllText(File, table);
        else Assert.Equal(System.IO.File.ReadAllText(File), table);
        Assert.Equal(DeviationTable.All.Count, table.Split("| REFUTED |").Length - 1);
    }

    [Fact]
    public void Every_deviation_but_the_nested_ones_has_a_row()
    {
        const HypervisorBugs Nested = HypervisorBugs.NestedVeInfoMissing | HypervisorBugs.ForwardVeToL1;
        Assert.Equal(Enum.GetValues<HardwareFaults>().Where(f => f != 0), DeviationTable.All.Where(d => d.Fault != 0).Select(d => d.Fault));
        Assert.Equal(Enum.GetValues<HypervisorBugs>().Where(b => b != 0 && (b & Nested) == 0), DeviationTable.All.Where(d => d.Bug != 0).Select(d => d.Bug));
    }

    [Fact]
    public void Without_the_deviation_the_same_part_of_the_proof_finds_nothing()
    {
        using var prover = new Prover(DeviationTable.All.First(d => d.Bug == HypervisorBugs.ZapWritesZero).Request with { HypervisorBugs = 0, Depth = 1 });
        Assert.Null(prover.Run().Counterexample);
    }
}
