using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Events;

/// <summary>IRET: to which privilege level, with which flags, and what it refuses.</summary>
[Manual("2A", "3.3", "IRET/IRETD/IRETQ - Interrupt Return")]
public class InterruptReturnTests
{
    private const uint Everything = Eflags.Status | Eflags.TF | Eflags.IF | Eflags.DF | Eflags.IOPL | Eflags.AC | Eflags.ID;

    [Theory]
    [InlineData(0, 0, Everything)]
    [InlineData(3, 0, Everything & ~Eflags.IF & ~Eflags.IOPL)]
    [InlineData(3, 3, Everything & ~Eflags.IOPL)]
    public void IRETQ_loads_the_flags_that_CPL_and_IOPL_allow(int cpl, uint iopl, uint loaded)
    {
        ushort code = cpl == 0 ? GuestLayout.KernelCode : GuestLayout.UserCode64, stack = cpl == 0 ? GuestLayout.KernelData : GuestLayout.UserData;
        using Guest guest = new GuestBuilder(cpl: cpl).Flags(iopl << 12).Code(a => Return(a, code, stack, Everything & ~Eflags.TF)).Load();
        guest.Run(7);
        Assert.Equal(loaded & ~Eflags.TF | iopl << 12, guest.Processor.Rflags & Everything);
    }

    [Fact]
    public void From_64_bit_mode_to_compatibility_mode_at_CPL_3()
    {
        using Guest guest = new GuestBuilder().Code(a => Return(a, GuestLayout.UserCode32, GuestLayout.UserData, 0)).Load();
        guest.Run(7);
        Assert.Equal((3, GuestLayout.UserCode32, GuestLayout.UserData), (guest.Processor.Cpl, guest.Processor.Segment(SegmentName.Cs).Selector, guest.Processor.Segment(SegmentName.Ss).Selector));
        Assert.False(guest.Processor.Is64Bit);
        Assert.True(guest.Processor.Segment(SegmentName.Ds).Unusable);
        Assert.Equal(GuestLayout.Stacks + 0x800ul, guest.Processor[4]);
    }

    [Theory]
    [InlineData(GuestLayout.KernelCode, 0, 0)]
    [InlineData(GuestLayout.UserCode64, 0, 13)]
    [InlineData(GuestLayout.UserCode32, GuestLayout.KernelData, 13)]
    [InlineData(GuestLayout.KernelData, GuestLayout.KernelData, 13)]
    [InlineData(0, GuestLayout.KernelData, 13)]
    public void A_null_SS_is_good_for_64_bit_code_below_CPL_3_only_and_CS_must_be_code_of_its_RPL(int code, int stack, int vector)
    {
        using Guest guest = new GuestBuilder().Code(a => Return(a, (ushort)code, (ushort)stack, 0)).Load();
        guest.Run();
        Assert.Equal(vector == 0 ? [] : [vector], guest.Vectors());
    }

    [Fact]
    public void A_non_canonical_return_address_is_GP_0_with_nothing_changed()
    {
        using Guest guest = new GuestBuilder().Code(a => Return(a, GuestLayout.KernelCode, GuestLayout.KernelData, 0, 0x8000_0000_0000_0000)).Load();
        guest.Run();
        Assert.Equal((13, 0u), ((int)guest.Log[0].Vector, guest.Log[0].ErrorCode!.Value));
        Assert.Equal(GuestLayout.StartStack(0) - 40ul, guest.Log[0].Rsp);
    }

    [Fact]
    public void NT_in_IA_32e_mode_is_GP_0()
    {
        using Guest guest = new GuestBuilder().Flags(Eflags.NT).Code(a => Return(a, GuestLayout.KernelCode, GuestLayout.KernelData, 0)).Load();
        guest.Run();
        Assert.Equal([13], guest.Vectors());
    }

    [Fact]
    public void IRET_in_real_mode_loads_IF_IOPL_and_NT_and_keeps_the_upper_flags()
    {
        using Guest guest = new GuestBuilder(GuestMode.Real).Flags(Eflags.ID).Code(a =>
        {
            a.push(0x7ED7);
            a.push(0);
            a.push((int)GuestLayout.Code + 0x40);
            a.iret();
        }).Load();
        guest.Run(4);
        Assert.Equal((GuestLayout.Code + 0x40ul, 0x7ED7ul & ~Eflags.TF | Eflags.ID), (guest.Processor.InstructionPointer, guest.Processor.Rflags & ~(ulong)Eflags.TF));
    }

    [Fact]
    [Manual("3A", "6.8.1", "Masking Maskable Hardware Interrupts")]
    public void An_interrupt_that_IRET_unmasks_comes_before_the_instruction_returned_to()
    {
        using Guest guest = new GuestBuilder().Code(a => Return(a, GuestLayout.KernelCode, GuestLayout.KernelData, Eflags.IF, GuestLayout.Code + 0x100)).Load().WithInterrupt(0x40);
        guest.Run(100);
        Assert.Equal(GuestLayout.Code + 0x100ul, guest.Log[0].ReturnRip);
    }

    /// <summary>Pushes SS, RSP, RFLAGS, CS and RIP (six instructions) and returns to them.</summary>
    private static void Return(Assembler a, ushort cs, ushort ss, uint flags, ulong rip = GuestLayout.Code + 0x100)
    {
        a.mov(rax, rip);
        a.push(ss);
        a.push((int)GuestLayout.Stacks + 0x800);
        a.push((int)flags);
        a.push(cs);
        a.push(rax);
        a.iretq();
    }
}
