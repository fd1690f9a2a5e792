using Vector20.Machine.Events;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Execution;

public class NearTransferTests
{
    [Fact]
    [Manual("2A", "3.3", "CALL—Call Procedure")]
    public void A_call_pushes_the_address_of_the_next_instruction_and_a_return_takes_it()
    {
        using var runner = new CodeRunner();
        runner.Run(a =>
        {
            Iced.Intel.Label function = a.CreateLabel(), end = a.CreateLabel();
            a.call(function);
            a.mov(ebx, 7);
            a.jmp(end);
            a.Label(ref function);
            a.mov(rcx, __[rsp]);
            a.ret();
            a.Label(ref end);
            a.nop();
        });
        Assert.Equal((7ul, CodeRunner.CodeAddress + 5, CodeRunner.StackTop), (runner.P[3], runner.P[1], runner.P[4]));
    }

    [Fact]
    [Manual("2B", "4.3", "RET—Return From Procedure")]
    public void A_return_with_an_operand_releases_parameters()
    {
        using var runner = new CodeRunner(RunnerMode.Protected32);
        runner.Write(CodeRunner.StackTop, (uint)CodeRunner.CodeAddress + 0x100);
        runner.Run(a => a.ret(12));
        Assert.Equal((CodeRunner.StackTop + 16, CodeRunner.CodeAddress + 0x100), (runner.P[4], runner.P.Rip));
    }

    [Fact]
    [Manual("2B", "4.3", "RET—Return From Procedure")]
    public void A_return_beyond_the_limit_of_the_code_segment_faults_and_leaves_the_stack()
    {
        using var runner = new CodeRunner(RunnerMode.Real);
        runner.Write(CodeRunner.StackTop, 0x1_0000u);
        runner.Run(0x66, 0xC3);
        Assert.Equal((ExceptionVector.GeneralProtection, CodeRunner.StackTop), (runner.Fault, runner.P[4]));
    }

    [Fact]
    [Manual("2A", "3.3", "JMP—Jump")]
    public void A_jump_to_a_non_canonical_address_faults()
    {
        using var runner = new CodeRunner();
        runner.P[0] = 0x8000_0000_0000;
        runner.Run(a => a.jmp(rax));
        Assert.Equal(ExceptionVector.GeneralProtection, runner.Fault);
    }

    [Fact]
    [Manual("1", "6.3.7", "Branch Functions in 64-Bit Mode")]
    public void In_64_bit_mode_a_near_branch_ignores_the_operand_size_prefix()
    {
        using var runner = new CodeRunner();
        runner.P[0] = 0x1_2345;
        runner.Run(0x66, 0xFF, 0xE0);
        Assert.Equal(0x1_2345ul, runner.P.Rip);
    }

    [Fact]
    [Manual("2A", "3.3", "JMP—Jump")]
    public void With_a_16_bit_operand_size_a_relative_jump_wraps_at_64_KiB()
    {
        using var runner = new CodeRunner(RunnerMode.Protected16);
        runner.Run(0xE9, 0x00, 0xF0);
        Assert.Equal(0x3ul, runner.P.Rip);
    }

    [Theory]
    [Manual("2A", "3.3", "LOOP/LOOPcc—Loop According to ECX Counter")]
    [Manual("1", "3.6", "Operand-Size and Address-Size Attributes")]
    [InlineData(RunnerMode.Long, new byte[] { 0xE2, 0x10 }, 0x1_0000_0001ul, 0x1_0000_0000ul, true)]
    [InlineData(RunnerMode.Long, new byte[] { 0x67, 0xE2, 0x10 }, 0x1_0000_0001ul, 0ul, false)]
    [InlineData(RunnerMode.Protected32, new byte[] { 0xE2, 0x10 }, 2ul, 1ul, true)]
    [InlineData(RunnerMode.Protected32, new byte[] { 0x67, 0xE2, 0x10 }, 0x5_0001ul, 0x5_0000ul, false)]
    [InlineData(RunnerMode.Real, new byte[] { 0xE2, 0x10 }, 0ul, 0xFFFFul, true)]
    [InlineData(RunnerMode.Real, new byte[] { 0x67, 0xE2, 0x10 }, 0ul, 0xFFFF_FFFFul, true)]
    public void The_address_size_says_which_counter_a_loop_counts(RunnerMode mode, byte[] code, ulong count, ulong left, bool taken)
    {
        using var runner = new CodeRunner(mode);
        runner.P[1] = count;
        runner.Run(code);
        ulong next = CodeRunner.CodeAddress + (uint)code.Length;
        Assert.Equal((left, taken ? next + 0x10 : next), (runner.P[1], runner.P.Rip));
    }

    [Fact]
    [Manual("2A", "3.3", "Jcc—Jump if Condition Is Met")]
    public void Each_condition_and_its_negation_disagree_for_all_flags()
    {
        using var runner = new CodeRunner();
        for (uint flags = 0; flags < 1 << 12; flags = (flags | ~Eflags.Status) + 1 & Eflags.Status)
        {
            for (byte condition = 0; condition < 16; condition += 2)
                Assert.NotEqual(Taken(runner, condition, flags), Taken(runner, (byte)(condition + 1), flags));
            if (flags == Eflags.Status) break;
        }
    }

    private static bool Taken(CodeRunner runner, byte condition, uint flags)
    {
        runner.Flags(flags);
        runner.Run((byte)(0x70 + condition), 0x20);
        return runner.P.Rip != CodeRunner.CodeAddress + 2;
    }
}
