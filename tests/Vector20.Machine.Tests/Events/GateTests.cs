using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Events;

/// <summary>What a gate of the IDT decides: who may use it, which stack, which flags, which code.</summary>
[Manual("3A", "6.12.1", "Exception- or Interrupt-Handler Procedures")]
public class GateTests
{
    private const int Vector = 0x40;
    private const uint GateCode = Vector * 8 + 2;

    public static TheoryData<GuestMode> Modes => [GuestMode.Protected16, GuestMode.Protected, GuestMode.Compatibility, GuestMode.Long];

    [Theory, MemberData(nameof(Modes))]
    [Manual("3A", "6.12.1.2", "Protection of Exception- and Interrupt-Handler Procedures")]
    public void INT_n_at_CPL_3_through_a_gate_of_DPL_0_is_GP_of_the_gate(GuestMode mode) =>
        AssertFault(13, GateCode, Interrupt(mode, 3, new GuestGate { Dpl = 0 }));

    [Theory, MemberData(nameof(Modes))]
    public void A_hardware_exception_passes_a_gate_of_DPL_0_from_CPL_3(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode, cpl: 3).Gate(6, new GuestGate { Dpl = 0 }).Code(a => a.ud2()).Load();
        guest.Run();
        Assert.Equal([6], guest.Vectors());
    }

    [Theory, MemberData(nameof(Modes))]
    public void INT1_at_CPL_3_passes_a_gate_of_DPL_0_and_INT3_does_not(GuestMode mode)
    {
        using Guest one = new GuestBuilder(mode, cpl: 3).Gate(1, new GuestGate { Dpl = 0 }).Code(a => a.db(0xF1)).Load();
        one.Run();
        Assert.Equal([1], one.Vectors());
        using Guest three = new GuestBuilder(mode, cpl: 3).Gate(3, new GuestGate { Dpl = 0 }).Code(a => a.db(0xCC)).Load();
        three.Run();
        AssertFault(13, 3 * 8 + 2, three);
    }

    [Theory, MemberData(nameof(Modes))]
    public void A_gate_that_is_not_present_is_NP_of_the_gate(GuestMode mode) =>
        AssertFault(11, GateCode, Interrupt(mode, 0, new GuestGate { Present = false }));

    [Theory, MemberData(nameof(Modes))]
    [Manual("3A", "6.11", "IDT Descriptors")]
    public void A_descriptor_that_is_no_gate_is_GP_of_the_gate(GuestMode mode) =>
        AssertFault(13, GateCode, Interrupt(mode, 0, new GuestGate { Type = 12 }));

    [Theory, MemberData(nameof(Modes))]
    public void A_null_handler_selector_is_GP_0(GuestMode mode) => AssertFault(13, 0, Interrupt(mode, 0, new GuestGate { Selector = 0 }));

    [Theory, MemberData(nameof(Modes))]
    public void A_handler_in_a_less_privileged_segment_is_GP_of_its_selector(GuestMode mode)
    {
        ushort user = mode is GuestMode.Long or GuestMode.Compatibility ? GuestLayout.UserCode64 : GuestLayout.UserCode32;
        AssertFault(13, user & ~3u, Interrupt(mode, 0, new GuestGate { Selector = user }));
    }

    [Theory, MemberData(nameof(Modes))]
    public void A_handler_in_a_data_segment_is_GP_of_its_selector(GuestMode mode) =>
        AssertFault(13, GuestLayout.KernelData, Interrupt(mode, 0, new GuestGate { Selector = GuestLayout.KernelData }));

    [Theory, MemberData(nameof(Modes))]
    public void A_vector_beyond_the_limit_is_GP_of_the_gate(GuestMode mode)
    {
        bool wide = mode is GuestMode.Long or GuestMode.Compatibility;
        using Guest guest = new GuestBuilder(mode).Code(a => a.@int(Vector)).Load();
        guest.Processor.Idtr = guest.Processor.Idtr with { Limit = (ushort)(Vector * (wide ? 16 : 8) + (wide ? 14 : 6)) };
        guest.Run();
        AssertFault(13, GateCode, guest);
    }

    [Theory, MemberData(nameof(Modes))]
    [Manual("3A", "6.12.1.3", "Flag Usage By Exception- or Interrupt-Handler Procedure")]
    public void An_interrupt_gate_clears_IF_and_a_trap_gate_does_not(GuestMode mode)
    {
        foreach ((byte type, bool interruptible) in ((byte, bool)[])[(14, false), (15, true)])
        {
            using Guest guest = new GuestBuilder(mode).Flags(Eflags.IF).Gate(Vector, new GuestGate { Type = type }).Handler(Vector, HandlerEnd.Halt).Code(a => a.@int(Vector)).Load();
            guest.Run(1);
            Assert.Equal(interruptible, (guest.Processor.Rflags & Eflags.IF) != 0);
            guest.Run();
            Assert.NotEqual(0ul, guest.Log[0].Rflags & Eflags.IF);
        }
    }

    [Theory]
    [InlineData(GuestMode.Compatibility)]
    [InlineData(GuestMode.Long)]
    [Manual("3A", "6.14.5", "Interrupt Stack Table")]
    public void A_gate_with_IST_uses_that_stack_at_any_CPL(GuestMode mode)
    {
        for (byte ist = 1; ist < 8; ist++)
        foreach (int cpl in (int[])[0, 3])
        {
            using Guest guest = Interrupt(mode, cpl, new GuestGate { Ist = ist });
            Assert.Equal(GuestLayout.InterruptStack(0, ist) - 40ul, guest.Log[0].FrameAddress);
        }
    }

    [Theory, MemberData(nameof(Modes))]
    [Manual("3A", "5.8.5", "Stack Switching")]
    [Manual("3A", "8.7", "Task Management in 64-bit Mode")]
    public void From_CPL_3_the_stack_is_that_of_the_TSS_and_the_old_one_is_pushed(GuestMode mode)
    {
        bool wide = mode is GuestMode.Long or GuestMode.Compatibility;
        using Guest guest = Interrupt(mode, 3, new GuestGate());
        HandledEvent handled = guest.Log[0];
        Assert.Equal(GuestLayout.RingStack(0, 0) - (wide ? 40ul : 20), handled.FrameAddress);
        Assert.Equal((GuestLayout.StartStack(0), GuestLayout.UserData), ((uint)handled.Rsp, handled.Ss));
        Assert.Equal(3, handled.ReturnCs & 3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(15)]
    [Manual("3A", "6.14", "Exception and Interrupt Handling in 64-bit Mode")]
    [Manual("3A", "6.14.2", "64-Bit Mode Stack Frame")]
    public void The_64_bit_frame_begins_at_a_multiple_of_16_and_SS_and_RSP_are_always_pushed(int misalignment)
    {
        using Guest guest = new GuestBuilder().Handler(Vector, HandlerEnd.Return).Code(a => a.@int(Vector)).Load();
        guest.Processor[4] -= (uint)misalignment;
        guest.Run();
        ulong top = GuestLayout.StartStack(0) - (ulong)misalignment;
        HandledEvent handled = Assert.Single(guest.Log);
        Assert.Equal((top & ~15ul) - 40, handled.FrameAddress);
        Assert.Equal((top, GuestLayout.KernelData), (handled.Rsp, handled.Ss));
        Assert.Equal(top, guest.Processor[4]);
    }

    [Fact]
    [Manual("3A", "6.14.4", "Stack Switching in IA-32e Mode")]
    public void A_change_of_privilege_in_IA_32e_mode_makes_SS_null_with_the_new_CPL_as_RPL()
    {
        using Guest guest = new GuestBuilder(cpl: 3).Handler(Vector, HandlerEnd.Halt).Code(a => a.@int(Vector)).Load();
        guest.Run(1);
        Assert.Equal((0, 0), (guest.Processor.Segment(SegmentName.Ss).Selector, guest.Processor.Cpl));
        Assert.True(guest.Processor.Segment(SegmentName.Ss).Unusable);
    }

    [Fact]
    public void A_non_canonical_handler_is_GP_0() =>
        AssertFault(13, 0, Interrupt(GuestMode.Long, 0, new GuestGate { Offset = 0x8000_0000_0000_0000 }));

    [Fact]
    public void A_handler_beyond_its_segments_limit_is_GP_0()
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected).Descriptor(GuestLayout.FreeSelector, 0x0040_9B00_0000_0FFF)
            .Gate(Vector, new GuestGate { Selector = GuestLayout.FreeSelector }).Code(a => a.@int(Vector)).Load();
        guest.Run();
        AssertFault(13, 0, guest);
    }

    [Fact]
    public void A_conforming_handler_runs_at_the_interrupted_CPL_on_the_same_stack()
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected, cpl: 3).Descriptor(GuestLayout.FreeSelector, 0x00CF_9F00_0000_FFFF)
            .Gate(Vector, new GuestGate { Selector = GuestLayout.FreeSelector, Offset = GuestLayout.Code + 0x100 }).Code(a => a.@int(Vector)).Load();
        guest.Run(1);
        Assert.Equal((3, GuestLayout.FreeSelector | 3), (guest.Processor.Cpl, guest.Processor.Segment(SegmentName.Cs).Selector));
        Assert.Equal(GuestLayout.StartStack(0) - 12ul, guest.Processor[4]);
    }

    [Fact]
    public void A_16_bit_gate_pushes_words()
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected).Gate(Vector, new GuestGate { Type = 6, Offset = GuestLayout.Code }).Code(a => a.@int(Vector)).Load();
        guest.Run(1);
        Assert.Equal(GuestLayout.StartStack(0) - 6ul, guest.Processor[4]);
        Assert.Equal((ulong)GuestLayout.Code, guest.Processor.InstructionPointer);
    }

    [Fact]
    [Manual("3A", "6.12.2", "Interrupt Tasks")]
    public void A_task_gate_switches_tasks_and_IRET_comes_back()
    {
        const ushort task = GuestLayout.FreeSelector;
        uint tss = GuestLayout.Data + 0x1000;
        byte[] state = new byte[0x68];
        void Put(int offset, uint value) => BitConverter.TryWriteBytes(state.AsSpan(offset), value);
        Put(0x20, GuestLayout.Code + 0x800);
        Put(0x24, 2);
        Put(0x38, GuestLayout.Stacks + 0x3000);
        foreach (int offset in (int[])[0x48, 0x50, 0x54, 0x58, 0x5C]) Put(offset, GuestLayout.KernelData);
        Put(0x4C, GuestLayout.KernelCode);
        using Guest guest = new GuestBuilder(GuestMode.Protected)
            .Descriptor(task, 0x0000_8900_0000_0067 | (ulong)(tss & 0xFF_FFFF) << 16).Bytes(tss, state)
            .Bytes(GuestLayout.Code + 0x800, 0xB8, 0x77, 0, 0, 0, 0xA3, 0, 0, 5, 0, 0xCF)
            .Gate(Vector, new GuestGate { Type = 5, Selector = task }).Code(a =>
            {
                a.@int(Vector);
                a.mov(ebx, __dword_ptr[GuestLayout.Data]);
            }).Load();
        guest.Run();
        Assert.Null(guest.Processor.UnsupportedWhat);
        Assert.True(guest.Finished);
        Assert.Equal(0x77ul, guest.Processor[3]);
    }

    private static Guest Interrupt(GuestMode mode, int cpl, GuestGate gate)
    {
        Guest guest = new GuestBuilder(mode, cpl).Gate(Vector, gate).Code(a => a.@int(Vector)).Load();
        guest.Run();
        return guest;
    }

    private static void AssertFault(int vector, uint errorCode, Guest guest)
    {
        HandledEvent handled = Assert.Single(guest.Log);
        Assert.Equal((vector, errorCode, (ulong)GuestLayout.Code), (handled.Vector, handled.ErrorCode!.Value, handled.ReturnRip));
    }
}
