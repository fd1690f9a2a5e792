using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Events;

/// <summary>The instruction after STI, and after MOV SS and POP SS.</summary>
[Manual("3A", "6.8.3", "Masking Exceptions and Interrupts When Switching Stacks")]
public class InterruptShadowTests
{
    public static TheoryData<GuestMode> Modes => [GuestMode.Real, GuestMode.Protected16, GuestMode.Protected, GuestMode.Compatibility, GuestMode.Long];

    [Theory, MemberData(nameof(Modes))]
    [Manual("2B", "4.3", "STI - Set Interrupt Flag")]
    public void STI_holds_an_interrupt_back_for_one_instruction(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Code(a =>
        {
            a.sti();
            a.nop();
            a.nop();
        }).Load().WithInterrupt(0x40);
        guest.Run();
        Assert.Equal(GuestLayout.Code + 2ul, Assert.Single(guest.Log).ReturnRip);
    }

    [Theory, MemberData(nameof(Modes))]
    public void STI_while_IF_is_1_holds_nothing_back(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Flags(Eflags.IF).Code(a =>
        {
            a.sti();
            a.nop();
        }).Load().WithInterrupt(0x40);
        guest.Run();
        Assert.Equal((ulong)GuestLayout.Code, Assert.Single(guest.Log).ReturnRip);
    }

    [Theory, MemberData(nameof(Modes))]
    public void STI_holds_no_NMI_back(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Handlers(HandlerEnd.Return).Code(a =>
        {
            a.sti();
            a.nop();
        }).Load();
        guest.Run(1);
        guest.WithNmi().Run();
        Assert.Equal(GuestLayout.Code + 1ul, guest.Log[0].ReturnRip);
    }

    [Theory, MemberData(nameof(Modes))]
    public void CLI_behind_STI_closes_the_window_again(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Code(a =>
        {
            a.sti();
            a.cli();
            a.nop();
        }).Load().WithInterrupt(0x40);
        guest.Run();
        Assert.Empty(guest.Log);
    }

    [Theory, MemberData(nameof(Modes))]
    public void STI_and_HLT_halt_before_the_interrupt_comes(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Code(a =>
        {
            a.sti();
            a.hlt();
        }).Load().WithInterrupt(0x40);
        guest.Run();
        Assert.Equal(GuestLayout.Code + 2ul, Assert.Single(guest.Log).ReturnRip);
    }

    [Theory, MemberData(nameof(Modes))]
    public void MOV_SS_holds_interrupts_and_NMIs_back_for_one_instruction(GuestMode mode)
    {
        using Guest guest = LoadStackSegment(mode, 0);
        guest.Run(2);
        guest.WithInterrupt(0x40).WithNmi().Run();
        Assert.Equal([2, 0x40], guest.Vectors());
        ulong behind = guest.Log[0].ReturnRip;
        Assert.Equal(guest.End - 1, behind);
    }

    [Theory, MemberData(nameof(Modes))]
    [Manual("3B", "18.3.1.4", "Single-Step Exception Condition")]
    public void MOV_SS_holds_its_single_step_trap_back_until_behind_the_next_instruction(GuestMode mode)
    {
        using Guest guest = LoadStackSegment(mode, Eflags.TF);
        guest.Run();
        // After the first MOV; not after MOV SS; after the NOP behind it; after the second NOP.
        ulong[] returns = [.. guest.Log.Select(handled => handled.ReturnRip)];
        Assert.Equal([guest.End - 4, guest.End - 1, guest.End], returns[..3]);
    }

    [Fact]
    [Manual("3B", "18.3.1.3", "Data Memory and I/O Breakpoint Exception Conditions")]
    public void A_data_breakpoint_met_by_MOV_SS_is_taken_in_the_handler_of_the_INT_behind_it()
    {
        using Guest guest = new GuestBuilder().Handlers(HandlerEnd.Halt).Bytes(GuestLayout.Data, (byte)GuestLayout.KernelData, 0).Code(a =>
        {
            a.mov(ss, __word_ptr[GuestLayout.Data]);
            a.@int(0x40);
        }).Load();
        guest.Processor.DebugAddresses[0] = GuestLayout.Data;
        guest.Processor.DebugControl |= 1 | 7 << 16;
        guest.Processor.FlushTlb();
        guest.Run();
        HandledEvent first = guest.Log[0];
        Assert.Equal(1, first.Vector);
        Assert.InRange(first.ReturnRip, (ulong)GuestLayout.Handlers, GuestLayout.LogCount);
        Assert.Equal(Dr6.B0, guest.Processor.DebugStatus & Dr6.BreakpointMask);
    }

    /// <summary>MOV to a register; MOV SS (2 bytes); NOP; NOP.</summary>
    private static Guest LoadStackSegment(GuestMode mode, uint flags) =>
        new GuestBuilder(mode).Handlers(HandlerEnd.Return).Flags(Eflags.IF | flags).Code(a =>
        {
            a.mov(eax, (int)(mode == GuestMode.Real ? GuestLayout.Stacks >> 4 : GuestLayout.KernelData));
            a.db(0x8E, 0xD0);
            a.nop();
            a.nop();
        }).Load();
}
