using Vector20.Machine.Events;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Execution;

public class StringTests
{
    private const ulong Source = CodeRunner.DataAddress, Destination = CodeRunner.DataAddress + 0x4000;

    [Theory]
    [Manual("2B", "4.3", "MOVS/MOVSB/MOVSW/MOVSD/MOVSQ—Move Data From String to String")]
    [InlineData(10)]
    [InlineData(4096)]
    [InlineData(5000)]
    public void A_repeated_move_copies_every_byte_over_pages(int count)
    {
        using var runner = new CodeRunner();
        byte[] bytes = [.. Enumerable.Range(0, count).Select(i => (byte)(i * 7))];
        runner.WriteBytes(Source + 5, bytes);
        (runner.P[6], runner.P[7], runner.P[1]) = (Source + 5, Destination + 11, (ulong)count);
        runner.Run(0xF3, 0xA4);
        Assert.Equal(bytes, Enumerable.Range(0, count).Select(i => runner.Read<byte>(Destination + 11 + (ulong)i)));
        Assert.Equal((Source + 5 + (ulong)count, Destination + 11 + (ulong)count, 0ul), (runner.P[6], runner.P[7], runner.P[1]));
    }

    [Fact]
    [Manual("2B", "4.3", "MOVS/MOVSB/MOVSW/MOVSD/MOVSQ—Move Data From String to String")]
    public void An_overlapping_move_forward_spreads_the_first_element()
    {
        using var runner = new CodeRunner();
        runner.WriteBytes(Source, 1, 2, 3, 4);
        runner.Read<byte>(Source);
        for (int pass = 0; pass < 2; pass++)
        {
            (runner.P[6], runner.P[7], runner.P[1]) = (Source, Source + 1, 100);
            runner.Run(0xF3, 0xA4);
        }

        Assert.All(Enumerable.Range(0, 101), i => Assert.Equal(1, runner.Read<byte>(Source + (ulong)i)));
    }

    [Fact]
    [Manual("2B", "4.3", "MOVS/MOVSB/MOVSW/MOVSD/MOVSQ—Move Data From String to String")]
    public void With_DF_set_strings_go_down()
    {
        using var runner = new CodeRunner();
        runner.Flags(Eflags.DF);
        (runner.P[0], runner.P[7], runner.P[1]) = (0xABCD, Source + 8, 3);
        runner.Run(0x66, 0xF3, 0xAB);
        Assert.Equal((0xABCDul << 32 | 0xABCDABCD, Source + 2), (runner.Read<ulong>(Source + 4) & 0xFFFF_FFFF_FFFF, runner.P[7]));
    }

    [Theory]
    [Manual("2B", "4.3", "REP/REPE/REPZ/REPNE/REPNZ—Repeat String Operation Prefix")]
    [InlineData(0xF3, 3, false)]
    [InlineData(0xF2, 1, true)]
    public void A_repeated_comparison_ends_at_the_first_difference_or_match(byte prefix, int compared, bool equal)
    {
        using var runner = new CodeRunner();
        runner.WriteBytes(Source, 1, 2, 3, 4);
        runner.WriteBytes(Destination, 1, 2, 9, 4);
        (runner.P[6], runner.P[7], runner.P[1]) = (Source, Destination, 4);
        runner.Run(prefix, 0xA6);
        Assert.Equal((4ul - (ulong)compared, equal), (runner.P[1], (runner.P.Rflags & Eflags.ZF) != 0));
    }

    [Fact]
    [Manual("2B", "4.3", "SCAS/SCASB/SCASW/SCASD—Scan String")]
    public void A_scan_finds_a_byte()
    {
        using var runner = new CodeRunner();
        runner.WriteBytes(Source, 5, 6, 7);
        (runner.P[0], runner.P[7], runner.P[1]) = (7, Source, 10);
        runner.Run(0xF2, 0xAE);
        Assert.Equal((Source + 3, 7ul), (runner.P[7], runner.P[1]));
    }

    [Fact]
    [Manual("2B", "4.3", "REP/REPE/REPZ/REPNE/REPNZ—Repeat String Operation Prefix")]
    public void A_count_of_zero_does_nothing()
    {
        using var runner = new CodeRunner();
        (runner.P[1], runner.P[7]) = (0, 1ul << 63);
        runner.Run(0xF3, 0xAA);
        Assert.Null(runner.Fault);
    }

    [Fact]
    [Manual("2B", "4.3", "REP/REPE/REPZ/REPNE/REPNZ—Repeat String Operation Prefix")]
    public void A_fault_in_the_middle_leaves_the_completed_iterations_in_the_registers()
    {
        using var runner = new CodeRunner(RunnerMode.Real);
        (runner.P[7], runner.P[1]) = (0xFFFD, 8);
        runner.Run(0xF3, 0xAB);
        Assert.Equal((ExceptionVector.GeneralProtection, 0xFFFFul, 7ul, CodeRunner.CodeAddress), (runner.Fault, runner.P[7], runner.P[1], runner.P.Rip));
    }

    [Fact]
    [Manual("2B", "4.3", "REP/REPE/REPZ/REPNE/REPNZ—Repeat String Operation Prefix")]
    public void A_long_repetition_pauses_at_its_own_address_with_its_progress_in_the_registers()
    {
        using var runner = new CodeRunner();
        runner.WriteBytes(CodeRunner.CodeAddress, 0xF3, 0xAC);
        (runner.P.Rip, runner.P[6], runner.P[1]) = (CodeRunner.CodeAddress, Source, 10_000);
        Assert.Equal((Outcome.Stop, StopReason.Repeat), (runner.Step(), runner.P.StopReason));
        Assert.Equal((CodeRunner.CodeAddress, 10_000 - 4096ul), (runner.P.Rip, runner.P[1]));
    }

    [Fact]
    [Manual("3B", "18.3.1.4", "Single-Step Exception Condition")]
    public void One_instruction_at_a_time_is_one_iteration_at_a_time()
    {
        using var runner = new CodeRunner();
        runner.WriteBytes(CodeRunner.CodeAddress, 0xF3, 0xA4);
        (runner.P.Rip, runner.P[6], runner.P[7], runner.P[1]) = (CodeRunner.CodeAddress, Source, Destination, 3);
        runner.P.Careful = true;
        Assert.Equal((Outcome.Stop, 2ul), (runner.Step(), runner.P[1]));
    }

    [Fact]
    [Manual("2B", "4.3", "MOVS/MOVSB/MOVSW/MOVSD/MOVSQ—Move Data From String to String")]
    public void The_source_segment_can_be_overridden_the_destination_not()
    {
        using var runner = new CodeRunner(RunnerMode.Real);
        runner.P.SetSegment(SegmentName.Fs, SegmentRegister.RealMode(0x900));
        runner.P.SetSegment(SegmentName.Es, SegmentRegister.RealMode(0xA00));
        runner.WriteBytes(0x9004, 0x77);
        (runner.P[6], runner.P[7]) = (4, 6);
        runner.Run(0x64, 0xA4);
        Assert.Equal(0x77, runner.Read<byte>(0xA006));
    }

    [Fact]
    [Manual("2B", "4.3", "LODS/LODSB/LODSW/LODSD/LODSQ—Load String")]
    public void Sixteen_bit_indexes_wrap_and_keep_the_upper_bits()
    {
        using var runner = new CodeRunner(RunnerMode.Protected32);
        runner.P[6] = 0x5_FFFF;
        runner.Write<byte>(0xFFFF, 9);
        runner.Run(a => a.AddInstruction(Iced.Intel.Instruction.CreateLodsb(16)));
        Assert.Equal((9, 0x5_0000ul), ((int)runner.P[0], runner.P[6]));
    }
}
