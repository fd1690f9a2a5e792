using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx.Root;

/// <summary>INVEPT and INVVPID: which types there are, what their descriptors may hold, and what is looked at first.</summary>
[Manual("3C", "31.3", "INVEPT—Invalidate Translations Derived from EPT")]
[Manual("3C", "31.3", "INVVPID—Invalidate Translations Based on VPID")]
public class InvalidationTests
{
    private const ulong Pointer = MachineHost.EptTables | 3 << 3 | 6, Unmapped = 0x7FFF_0000_0000, NotCanonical = 1ul << 63;

    [Theory]
    [InlineData(true, 0ul, Pointer, 0ul, false)]
    [InlineData(true, 1ul, Pointer, 0ul, true)]
    [InlineData(true, 1ul, 0ul, 0ul, false)]
    [InlineData(true, 1ul, Pointer, 1ul, false)]
    [InlineData(true, 2ul, 0ul, 0ul, true)]
    [InlineData(true, 3ul, Pointer, 0ul, false)]
    [InlineData(true, 1ul << 32 | 2, 0ul, 0ul, false)]
    [InlineData(false, 0ul, 1ul, 0x1000ul, true)]
    [InlineData(false, 0ul, 1ul, NotCanonical, false)]
    [InlineData(false, 0ul, 0ul, 0x1000ul, false)]
    [InlineData(false, 1ul, 1ul, NotCanonical, true)]
    [InlineData(false, 1ul, 0ul, 0ul, false)]
    [InlineData(false, 1ul, 0x1_0001ul, 0ul, false)]
    [InlineData(false, 2ul, 0ul, 0ul, true)]
    [InlineData(false, 2ul, 0x1_0000ul, 0ul, false)]
    [InlineData(false, 3ul, 1ul, 0ul, true)]
    [InlineData(false, 3ul, 0ul, 0ul, false)]
    [InlineData(false, 4ul, 1ul, 0ul, false)]
    public void A_type_and_a_descriptor_are_valid_or_the_instruction_fails(bool ept, ulong type, ulong low, ulong high, bool succeeds)
    {
        using MachineHost host = MachineHost.Run(c =>
        {
            c.WithVmcs().Pointer(low, high);
            Invalidate(c.A, ept, type, HostCode.Operand);
        });
        host.AssertFinished();
        Assert.Equal(succeeds, host.Succeeded);
        if (succeeds) return;
        Assert.True(host.FailedValid);
        Assert.Equal(VmInstructionError.InvalidOperandToInveptInvvpid, host.Error);
    }

    [Theory]
    [InlineData(true, 0ul, false)]
    [InlineData(true, 2ul, true)]
    [InlineData(true, 3ul, false)]
    [InlineData(false, 2ul, true)]
    [InlineData(false, 4ul, false)]
    public void A_type_that_there_is_not_fails_before_the_descriptor_is_read(bool ept, ulong type, bool faults)
    {
        using MachineHost host = MachineHost.Run(c =>
        {
            c.WithVmcs();
            Invalidate(c.A, ept, type, Unmapped);
        });
        if (faults)
        {
            host.AssertFault(ExceptionVector.PageFault);
            return;
        }

        host.AssertFinished();
        Assert.True(host.FailedValid);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void INVEPT_is_invalid_on_a_model_without_EPT_and_INVVPID_is_not(bool ept)
    {
        Assert.True(CpuModelParser.TryParse("nehalem,-ept", out CpuModel without, out _));
        using MachineHost host = MachineHost.Run(c =>
        {
            c.WithVmcs().Pointer(0);
            Invalidate(c.A, ept, 2, HostCode.Operand);
        }, without);
        if (ept) host.AssertFault(ExceptionVector.InvalidOpcode);
        else Assert.True(host.AssertFinished().Succeeded);
    }

    private static void Invalidate(Assembler a, bool ept, ulong type, ulong descriptor)
    {
        a.mov(rbx, descriptor);
        a.mov(rax, type);
        if (ept) a.invept(rax, __[rbx]);
        else a.invvpid(rax, __[rbx]);
    }
}
