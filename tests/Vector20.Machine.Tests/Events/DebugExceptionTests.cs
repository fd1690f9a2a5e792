using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Events;

/// <summary>Single step and breakpoints: when, with which DR6, and with which RF.</summary>
[Manual("3B", "18.3.1", "Debug Exception (#DB) - Interrupt Vector 1")]
public class DebugExceptionTests
{
    public static TheoryData<GuestMode, int> Modes => new()
    {
        { GuestMode.Real, 0 }, { GuestMode.Protected, 0 }, { GuestMode.Protected, 3 }, { GuestMode.Compatibility, 3 }, { GuestMode.Long, 0 }, { GuestMode.Long, 3 },
    };

    [Theory, MemberData(nameof(Modes))]
    [Manual("3B", "18.3.1.4", "Single-Step Exception Condition")]
    public void TF_traps_after_each_instruction_and_sets_BS(GuestMode mode, int cpl)
    {
        using Guest guest = new GuestBuilder(mode, cpl).Handler(1, HandlerEnd.Return).Flags(Eflags.TF).Code(a =>
        {
            a.nop();
            a.nop();
            a.nop();
        }).Load();
        guest.Run(2000);
        Assert.Equal([GuestLayout.Code + 1ul, GuestLayout.Code + 2ul, GuestLayout.Code + 3ul], guest.Log.Take(3).Select(handled => handled.ReturnRip));
        Assert.All(guest.Log, handled => Assert.Equal(1, handled.Vector));
        Assert.Equal(Dr6.BS, guest.Processor.DebugStatus & Dr6.BS);
    }

    [Theory, MemberData(nameof(Modes))]
    public void INT_n_clears_TF_and_is_not_stepped_itself(GuestMode mode, int cpl)
    {
        using Guest guest = new GuestBuilder(mode, cpl).Handler(1, HandlerEnd.Return).Handler(0x40, HandlerEnd.Return).Flags(Eflags.TF).Code(a =>
        {
            a.@int(0x40);
            a.nop();
        }).Load();
        guest.Run(300);
        Assert.Equal((0x40, 1), (guest.Log[0].Vector, guest.Log[1].Vector));
        Assert.Equal(GuestLayout.Code + 3ul, guest.Log[1].ReturnRip);
    }

    [Theory, MemberData(nameof(Modes))]
    [Manual("3B", "18.3.1.1", "Instruction-Breakpoint Exception Condition")]
    public void An_instruction_breakpoint_is_a_fault_that_RF_lets_through(GuestMode mode, int cpl)
    {
        if (mode == GuestMode.Real) return;
        using Guest guest = new GuestBuilder(mode, cpl).OwnHandler(1, SetResumeFlagAndReturn).Code(a =>
        {
            a.nop();
            a.inc(eax);
        }).Load();
        guest.Processor[0] = 0;
        guest.Processor.DebugAddresses[2] = GuestLayout.Code + 1;
        guest.Processor.DebugControl |= 0x10;
        guest.Run();
        Assert.True(guest.Finished);
        Assert.Equal(1ul, guest.Processor[0]);
        Assert.Equal(Dr6.B2, guest.Processor.DebugStatus & Dr6.BreakpointMask);
    }

    [Theory, MemberData(nameof(Modes))]
    public void Without_RF_the_instruction_breakpoint_comes_again(GuestMode mode, int cpl)
    {
        using Guest guest = new GuestBuilder(mode, cpl).Handler(1, HandlerEnd.Return).Code(a => a.nop()).Load();
        guest.Processor.DebugAddresses[0] = GuestLayout.Code;
        guest.Processor.DebugControl |= 1;
        guest.Run(1000);
        Assert.InRange(guest.HandledCount, 2, 1000);
        Assert.All(guest.Log, handled => Assert.Equal((ulong)GuestLayout.Code, handled.ReturnRip));
        Assert.All(guest.Log, handled => Assert.Equal(0ul, handled.Rflags & Eflags.RF));
    }

    [Theory, MemberData(nameof(Modes))]
    [Manual("3B", "18.3.1.3", "Data Memory and I/O Breakpoint Exception Conditions")]
    public void A_data_breakpoint_is_a_trap_behind_the_access(GuestMode mode, int cpl)
    {
        using Guest guest = new GuestBuilder(mode, cpl).Handler(1, HandlerEnd.Return).Code(a =>
        {
            a.mov(__byte_ptr[GuestLayout.Code + 0x7001], al);
            a.nop();
        }).Load();
        ulong address = GuestLayout.Code + 0x7001 + (mode == GuestMode.Real ? GuestLayout.Stacks : 0);
        guest.Processor.DebugAddresses[1] = address;
        guest.Processor.DebugControl |= 4 | 1 << 20;
        guest.Processor.FlushTlb();
        guest.Run();
        HandledEvent handled = Assert.Single(guest.Log);
        Assert.Equal(guest.End - 1, handled.ReturnRip);
        Assert.Equal(Dr6.B1, guest.Processor.DebugStatus & Dr6.BreakpointMask);
    }

    [Fact]
    public void A_data_breakpoint_met_by_an_instruction_that_faults_is_not_taken()
    {
        using Guest guest = new GuestBuilder().Handlers(HandlerEnd.Halt).Page(GuestLayout.Data + 0x1000, 0).Code(a =>
        {
            a.mov(esi, GuestLayout.Data);
            a.mov(edi, GuestLayout.Data + 0x1000);
            a.movsb();
        }).Load();
        guest.Processor.DebugAddresses[0] = GuestLayout.Data;
        guest.Processor.DebugControl |= 1 | 3 << 16;
        guest.Processor.FlushTlb();
        guest.Run();
        Assert.Equal([14], guest.Vectors());
        Assert.Equal(0ul, guest.Processor.PendingDebugTraps);
    }

    [Fact]
    [Manual("3B", "18.2.4", "Debug Control Register (DR7)")]
    public void General_detect_is_a_fault_with_BD_and_goes_off_in_the_handler()
    {
        using Guest guest = new GuestBuilder().Code(a => a.mov(rax, dr0)).Load();
        guest.Processor.DebugControl |= Dr7.GD;
        guest.Run();
        HandledEvent handled = Assert.Single(guest.Log);
        Assert.Equal((1, (ulong)GuestLayout.Code), (handled.Vector, handled.ReturnRip));
        Assert.Equal(Dr6.BD, guest.Processor.DebugStatus & Dr6.BD);
        Assert.Equal(0ul, guest.Processor.DebugControl & Dr7.GD);
    }

    [Theory]
    [InlineData(GuestMode.Long)]
    [InlineData(GuestMode.Protected)]
    public void A_repeated_string_instruction_traps_after_each_iteration_with_RF_1_but_the_last(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Handler(1, HandlerEnd.Return).Flags(Eflags.TF).Code(a =>
        {
            a.rep.stosb();
            a.nop();
        }).Load();
        guest.Processor[1] = 3;
        guest.Processor[7] = GuestLayout.Data;
        guest.Run();
        ulong at = GuestLayout.Code;
        Assert.Equal([at, at, at + 2], guest.Log.Take(3).Select(handled => handled.ReturnRip));
        Assert.Equal([true, true, false], guest.Log.Take(3).Select(handled => (handled.Rflags & Eflags.RF) != 0));
    }

    [Fact]
    public void INT1_sets_no_condition_in_DR6()
    {
        using Guest guest = new GuestBuilder().Code(a => a.db(0xF1)).Load();
        guest.Run();
        Assert.Equal([1], guest.Vectors());
        Assert.Equal(Dr6.Initial, guest.Processor.DebugStatus);
    }

    /// <summary>Sets bit 16 of the flags on top of the frame: at [RSP + 16] or [ESP + 8].</summary>
    private static void SetResumeFlagAndReturn(Assembler a)
    {
        if (a.Bitness == 64)
        {
            a.or(__dword_ptr[rsp + 16], (int)Eflags.RF);
            a.iretq();
        }
        else
        {
            a.or(__dword_ptr[esp + 8], (int)Eflags.RF);
            a.iretd();
        }
    }
}
