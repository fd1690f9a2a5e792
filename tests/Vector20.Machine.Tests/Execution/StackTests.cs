using Vector20.Machine.Events;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Execution;

public class StackTests
{
    [Fact]
    [Manual("2B", "4.3", "PUSH—Push Word, Doubleword, or Quadword Onto the Stack")]
    public void Push_of_the_stack_pointer_pushes_its_old_value()
    {
        using var runner = new CodeRunner();
        runner.Run(a => a.push(rsp));
        Assert.Equal(CodeRunner.StackTop, runner.Read<ulong>(CodeRunner.StackTop - 8));
    }

    [Fact]
    [Manual("2B", "4.3", "POP—Pop a Value From the Stack")]
    public void Pop_computes_an_address_based_on_the_stack_pointer_after_the_increment()
    {
        using var runner = new CodeRunner();
        runner.Write(CodeRunner.StackTop, 0x1234ul);
        runner.Run(a => a.pop(__qword_ptr[rsp + 0x10]));
        Assert.Equal(0x1234ul, runner.Read<ulong>(CodeRunner.StackTop + 8 + 0x10));
    }

    [Fact]
    [Manual("2B", "4.3", "POP—Pop a Value From the Stack")]
    public void A_pop_whose_store_faults_leaves_the_stack_pointer()
    {
        using var runner = new CodeRunner();
        runner.P[0] = 1ul << 63;
        runner.Run(a => a.pop(__qword_ptr[rax]));
        Assert.Equal((ExceptionVector.GeneralProtection, CodeRunner.StackTop), (runner.Fault, runner.P[4]));
    }

    [Fact]
    [Manual("1", "6.2", "Stacks")]
    [Manual("2B", "4.3", "PUSH—Push Word, Doubleword, or Quadword Onto the Stack")]
    public void A_16_bit_stack_wraps_and_keeps_the_upper_half_of_ESP()
    {
        using var runner = new CodeRunner(RunnerMode.Protected16);
        runner.P[4] = 0x1_0000;
        runner.Run(a => a.push(ax));
        Assert.Equal(0x1_FFFEul, runner.P[4]);
    }

    [Fact]
    [Manual("3A", "5.3", "Limit Checking")]
    public void A_push_that_straddles_the_stack_limit_is_a_stack_fault()
    {
        using var runner = new CodeRunner(RunnerMode.Real);
        runner.P[4] = 1;
        runner.Run(a => a.push(ax));
        Assert.Equal((ExceptionVector.StackFault, 1ul), (runner.Fault, runner.P[4]));
    }

    [Fact]
    [Manual("2B", "4.3", "PUSHA/PUSHAD—Push All General-Purpose Registers")]
    [Manual("2B", "4.3", "POPA/POPAD—Pop All General-Purpose Registers")]
    public void Popa_undoes_pusha_except_the_stack_pointer_value()
    {
        using var runner = new CodeRunner(RunnerMode.Protected32);
        for (int i = 0; i < 8; i++)
            if (i != 4) runner.P[i] = 0x1111_1111ul * (uint)i;
        runner.Run(a =>
        {
            a.pushad();
            a.mov(__dword_ptr[esp + 12], 0x5555);
            a.xor(eax, eax);
            a.mov(ebp, 3);
            a.popad();
        });
        Assert.Equal((0ul, 0x5555_5555ul, CodeRunner.StackTop), (runner.P[0], runner.P[5], runner.P[4]));
        Assert.Equal(0x7777_7777u, runner.Read<uint>(CodeRunner.StackTop - 32));
    }

    [Fact]
    [Manual("2B", "4.3", "PUSHA/PUSHAD—Push All General-Purpose Registers")]
    public void Pusha_in_real_mode_faults_on_the_stack_pointers_the_manual_names()
    {
        using var runner = new CodeRunner(RunnerMode.Real);
        runner.P[4] = 9;
        runner.Run(a => a.pusha());
        Assert.Equal(ExceptionVector.GeneralProtection, runner.Fault);
    }

    [Fact]
    [Manual("2A", "3.3", "ENTER—Make Stack Frame for Procedure Parameters")]
    [Manual("2A", "3.3", "LEAVE—High Level Procedure Exit")]
    public void Enter_copies_the_display_of_the_enclosing_levels_and_leave_undoes_it()
    {
        using var runner = new CodeRunner(RunnerMode.Protected32);
        uint outer = (uint)CodeRunner.StackTop - 0x100;
        runner.P[5] = outer;
        runner.Write(outer - 4, 0xAAAAu);
        runner.Write(outer - 8, 0xBBBBu);
        runner.Run(a => a.enter(0x20, 3));
        uint frame = (uint)CodeRunner.StackTop - 4;
        Assert.Equal(outer, runner.Read<uint>(frame));
        Assert.Equal((0xAAAAu, 0xBBBBu, frame), (runner.Read<uint>(frame - 4), runner.Read<uint>(frame - 8), runner.Read<uint>(frame - 12)));
        Assert.Equal((frame, frame - 12 - 0x20), ((uint)runner.P[5], (uint)runner.P[4]));
        runner.Run(a => a.leave());
        Assert.Equal((outer, CodeRunner.StackTop), ((uint)runner.P[5], runner.P[4]));
    }
}
