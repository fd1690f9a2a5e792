using Vector20.Machine.Events;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Tests.Execution;

[Manual("3A", "6.15", "Interrupt 17—Alignment Check Exception (#AC)")]
public class AlignmentTests
{
    [Theory]
    [InlineData(3, true, true, 1, ExceptionVector.AlignmentCheck)]
    [InlineData(3, true, true, 4, null)]
    [InlineData(3, true, false, 1, null)]
    [InlineData(3, false, true, 1, null)]
    [InlineData(0, true, true, 1, null)]
    public void A_misaligned_access_faults_only_at_CPL_3_with_both_AM_and_AC(int cpl, bool mask, bool check, ulong offset, ExceptionVector? fault)
    {
        using var runner = new CodeRunner(RunnerMode.Protected32, cpl);
        if (mask) runner.P.ControlRegister0 |= Cr0.AM;
        runner.Flags(check ? Eflags.AC : 0);
        runner.P[3] = CodeRunner.DataAddress + offset;
        runner.Run(0x8B, 0x03);
        Assert.Equal(fault, runner.Fault);
        runner.Run(0x89, 0x03);
        Assert.Equal(fault, runner.Fault);
    }

    [Fact]
    public void Bytes_are_always_aligned()
    {
        using var runner = new CodeRunner(RunnerMode.Protected32, cpl: 3);
        runner.P.ControlRegister0 |= Cr0.AM;
        runner.Flags(Eflags.AC);
        runner.P[3] = CodeRunner.DataAddress + 1;
        runner.Run(0x8A, 0x03);
        Assert.Null(runner.Fault);
    }

    [Fact]
    [Manual("2A", "3.3", "CMPXCHG8B/CMPXCHG16B—Compare and Exchange Bytes")]
    public void Cmpxchg16b_faults_on_any_other_alignment_than_16()
    {
        using var runner = new CodeRunner();
        runner.P[6] = CodeRunner.DataAddress + 8;
        runner.Run(0x48, 0x0F, 0xC7, 0x0E);
        Assert.Equal(ExceptionVector.GeneralProtection, runner.Fault);
        runner.P[6] = CodeRunner.DataAddress;
        runner.P[3] = 5;
        runner.Run(0x48, 0x0F, 0xC7, 0x0E);
        Assert.Null(runner.Fault);
        Assert.Equal((5ul, true), (runner.Read<ulong>(CodeRunner.DataAddress), (runner.P.Rflags & Eflags.ZF) != 0));
    }
}
