using Vector20.Machine;
using Vector20.Machine.Events;
using Vector20.Proving.Questions;
using Vector20.Proving.Vectors;

namespace Vector20.Proving.Tests.Claims;

/// <summary>
/// C6: the vector table: exceptions 0-21 by name, 22-31 Intel reserved, 32-255 user defined, reached by an external interrupt or INT n.
/// </summary>
[Manual("3A", "6.3.1", "External Interrupts")]
public class C06TheVectorTable
{
    private static readonly IReadOnlyList<VectorRow> s_rows = VectorSurvey.Run(new QuestionOptions(), out _)!;

    [Fact]
    public void There_are_256_and_each_has_a_name() => Assert.Equal(Enumerable.Range(0, 256), s_rows.Where(r => r.Definition.Name.Length > 0).Select(r => r.Definition.Vector));

    [Fact]
    public void Exceptions_have_the_mnemonics_of_the_manual() => Assert.Equal(
        ["#DE", "#DB", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "#TS", "#NP", "#SS", "#GP", "#PF", "#MF", "#AC", "#MC", "#XM", "#VE", "#CP"],
        s_rows.Select(r => r.Definition.Mnemonic).Where(m => m is not null));

    [Fact]
    public void Reserved_are_9_15_and_22_to_31() =>
        Assert.Equal([9, 15, .. Enumerable.Range(22, 10)], s_rows.Where(r => r.Definition.Class == VectorClass.Reserved).Select(r => r.Definition.Vector));

    [Fact]
    public void From_32_on_they_are_the_users() =>
        Assert.Equal(Enumerable.Range(32, 224), s_rows.Where(r => r.Definition.Class == VectorClass.UserDefined).Select(r => r.Definition.Vector));

    [Fact]
    public void Every_named_exception_of_the_machine_is_in_the_table()
    {
        foreach (ExceptionVector vector in Enum.GetValues<ExceptionVector>()) Assert.NotEqual(VectorClass.UserDefined, s_rows[(int)vector].Definition.Class);
    }

    [Fact]
    public void Int_n_reaches_all_an_ipi_and_a_local_interrupt_those_that_are_valid()
    {
        foreach (VectorRow row in s_rows)
        {
            Assert.True(row.Outcomes[0].Delivered);
            Assert.Equal(row.Definition.ValidForApic, row.Outcomes[1].Delivered);
            Assert.Equal(row.Definition.ValidForApic, row.Outcomes[2].Delivered);
        }
    }

    [Fact]
    public void Control_with_an_apic_that_rejects_reserved_vectors_the_survey_says_so()
    {
        var options = new QuestionOptions { Hypervisor = HypervisorChoice.None, HardwareFaults = HardwareFaults.ApicRejectsReservedVectors };
        Assert.DoesNotContain(VectorSurvey.Run(options, out _)!, r => r.Definition.Vector is >= 16 and < 32 && r.Outcomes[1].Delivered);
    }
}
