using Vector20.Machine.Events;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Processors.Msrs;

namespace Vector20.Machine.Tests.Execution;

/// <summary>Hints, random numbers, cache-line flushes, and encodings that mean something else on another CPU model.</summary>
public class SideInstructionTests
{
    [Fact]
    [Manual("2B", "4.3", "RDRAND—Read Random Number")]
    [Manual("2B", "4.3", "RDSEED—Read Random SEED")]
    public void Random_numbers_always_come_differ_and_are_the_same_in_every_run()
    {
        ulong[] first = Draw(), second = Draw();
        Assert.Equal(first, second);
        Assert.Equal(first.Length, first.Distinct().Count());

        static ulong[] Draw()
        {
            using var runner = new CodeRunner();
            var drawn = new ulong[8];
            for (int i = 0; i < drawn.Length; i++)
            {
                runner.Flags(Eflags.Status);
                runner.Run(0x48, 0x0F, 0xC7, (byte)(i % 2 == 0 ? 0xF0 : 0xF8));
                Assert.Equal(Eflags.CF, (uint)runner.P.Rflags & Eflags.Status);
                drawn[i] = runner.P[0];
            }

            return drawn;
        }
    }

    [Theory]
    [Manual("2A", "3.3", "CLFLUSH—Flush Cache Line")]
    [InlineData("0FAE3B")]
    [InlineData("660FAE3B")]
    [InlineData("660FAE33")]
    public void A_cache_line_flush_checks_its_address(string code)
    {
        using var runner = new CodeRunner();
        runner.P[3] = CodeRunner.DataAddress;
        Assert.Null(runner.Run(Convert.FromHexString(code)).Fault);
        runner.P[3] = 1ul << 63;
        Assert.Equal(ExceptionVector.GeneralProtection, runner.Run(Convert.FromHexString(code)).Fault);
    }

    [Theory]
    [Manual("2B", "4.3", "NOP—No Operation")]
    [Manual("2B", "4.3", "PREFETCHh—Prefetch Data Into Caches")]
    [InlineData("0F1F03")]
    [InlineData("F30F1EFA")]
    [InlineData("F3480F1EC8")]
    [InlineData("0F180B")]
    [InlineData("0F0D0B")]
    [InlineData("0F1A03")]
    [InlineData("F390")]
    [InlineData("0FAEE8")]
    public void Hints_do_nothing_not_even_read_memory(string code)
    {
        using var runner = new CodeRunner();
        (runner.P[0], runner.P[3]) = (0x1234_5678_9ABC, 1ul << 63);
        runner.Flags(Eflags.Status);
        runner.Run(Convert.FromHexString(code));
        Assert.Equal((null, 0x1234_5678_9ABCul, Eflags.Status), (runner.Fault, runner.P[0], (uint)runner.P.Rflags & Eflags.Status));
    }

    [Theory]
    [Manual("2A", "3.3", "LZCNT—Count the Number of Leading Zero Bits")]
    [Manual("2B", "4.3", "TZCNT—Count the Number of Trailing Zero Bits")]
    [InlineData("haswell", 0xBD, 27ul)]
    [InlineData("nehalem", 0xBD, 4ul)]
    [InlineData("haswell", 0xBC, 4ul)]
    [InlineData("nehalem", 0xBC, 4ul)]
    public void A_model_without_the_bit_counts_scans_instead(string model, byte opcode, ulong result)
    {
        using var runner = new CodeRunner(model: CpuModels.All.Single(m => m.Name == model));
        runner.P[1] = 0x10;
        runner.Run(0xF3, 0x0F, opcode, 0xC1);
        Assert.Equal(result, runner.P[0]);
    }

    [Theory]
    [Manual("1", "21.1", "Using the CPUID Instruction")]
    [InlineData("nehalem", "C4E27BF0C1")]
    [InlineData("nehalem", "0F38F003")]
    [InlineData("haswell", "660F38F6C1")]
    [InlineData("haswell", "0FC7F8")]
    public void An_instruction_of_a_feature_that_the_model_lacks_is_an_invalid_opcode(string model, string code)
    {
        using var runner = new CodeRunner(model: CpuModels.All.Single(m => m.Name == model));
        runner.P[3] = CodeRunner.DataAddress;
        Assert.Equal(ExceptionVector.InvalidOpcode, runner.Run(Convert.FromHexString(code)).Fault);
    }

    [Fact]
    [Manual("2B", "4.3", "RDPID—Read Processor ID")]
    public void Rdpid_reads_the_auxiliary_value_at_any_privilege()
    {
        using var runner = new CodeRunner(cpl: 3);
        runner.P.Msrs[Msr.TscAux] = 42;
        runner.Run(0xF3, 0x0F, 0xC7, 0xF8);
        Assert.Equal((null, 42ul), (runner.Fault, runner.P[0]));
    }

    [Fact]
    [Manual("2B", "4.3", "SERIALIZE—Serialize Instruction Execution")]
    public void Serialize_leaves_the_block()
    {
        using var runner = new CodeRunner();
        runner.WriteBytes(CodeRunner.CodeAddress, 0x0F, 0x01, 0xE8);
        runner.P.Rip = CodeRunner.CodeAddress;
        Assert.Equal((Outcome.Leave, CodeRunner.CodeAddress + 3), (runner.Step(), runner.P.Rip));
    }

    [Fact]
    [Manual("2B", "4.3", "MOVDIRI—Move Doubleword as Direct Store")]
    public void A_direct_store_stores()
    {
        using var runner = new CodeRunner();
        (runner.P[0], runner.P[3]) = (0x1122_3344_5566_7788, CodeRunner.DataAddress);
        runner.Run(0x48, 0x0F, 0x38, 0xF9, 0x03);
        Assert.Equal(0x1122_3344_5566_7788ul, runner.Read<ulong>(CodeRunner.DataAddress));
    }
}
