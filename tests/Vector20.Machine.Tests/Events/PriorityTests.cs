using Iced.Intel;
using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Events;

/// <summary>What comes first when several events are pending between two instructions.</summary>
[Manual("3A", "6.9", "Priority Among Concurrent Events")]
public class PriorityTests
{
    public static TheoryData<GuestMode> Modes => [GuestMode.Real, GuestMode.Protected, GuestMode.Compatibility, GuestMode.Long];

    [Theory, MemberData(nameof(Modes))]
    public void Debug_traps_come_before_NMIs_and_NMIs_before_interrupts(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Handlers(HandlerEnd.Halt).Flags(Eflags.IF).Code(a => a.nop()).Load().WithInterrupt(0x40).WithNmi();
        guest.Processor.PendingDebugTraps = Dr6.BS;
        guest.Run();
        // Each handler is entered before the first instruction of the one it interrupts; so the one entered last runs first.
        Assert.Equal(2, guest.Log[0].Vector);
        Assert.Equal(Dr6.BS, guest.Processor.DebugStatus & (Dr6.BS | Dr6.BreakpointMask));
        Assert.True(guest.Processor.Apic.HasDeliverableInterrupt);
    }

    [Theory, MemberData(nameof(Modes))]
    public void An_NMI_is_taken_first_and_the_interrupt_after_its_IRET(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Handlers(HandlerEnd.Return).Flags(Eflags.IF).Code(a => a.nop()).Load().WithInterrupt(0x40).WithNmi();
        guest.Run();
        Assert.Equal([2, 0x40], guest.Vectors());
        Assert.All(guest.Log, handled => Assert.Equal(GuestLayout.Code, handled.ReturnRip));
    }

    [Theory, MemberData(nameof(Modes))]
    public void A_code_breakpoint_is_the_last_before_the_instruction(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Handlers(HandlerEnd.Return).Handler(1, HandlerEnd.Halt).Flags(Eflags.IF).Code(a => a.nop()).Load().WithInterrupt(0x40);
        guest.Processor.DebugAddresses[0] = GuestLayout.Code;
        guest.Processor.DebugControl |= 1;
        guest.Run();
        Assert.Equal([0x40, 1], guest.Vectors());
    }

    [Theory, MemberData(nameof(Modes))]
    public void A_code_breakpoint_comes_before_the_faults_of_its_instruction(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Code(a => a.ud2()).Load();
        guest.Processor.DebugAddresses[0] = GuestLayout.Code;
        guest.Processor.DebugControl |= 1;
        guest.Run();
        Assert.Equal([1], guest.Vectors());
    }

    [Fact]
    public void INIT_comes_before_a_debug_trap()
    {
        using Guest guest = new GuestBuilder().Code(a => a.nop()).Load().WithInit();
        guest.Processor.PendingDebugTraps = Dr6.BS;
        guest.Processor.RequestAttention();
        guest.Run(1);
        Assert.Empty(guest.Log);
        Assert.False(guest.Processor.Protected);
    }

    [Theory, MemberData(nameof(Modes))]
    [Manual("3A", "6.3.2", "Maskable Hardware Interrupts")]
    [Manual("3A", "6.8.1", "Masking Maskable Hardware Interrupts")]
    public void An_interrupt_waits_while_IF_is_0(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Code(a => a.nop()).Load().WithInterrupt(0x40);
        guest.Run();
        Assert.Empty(guest.Log);
        Assert.True(guest.Finished);
    }

    [Theory, MemberData(nameof(Modes))]
    [Manual("2A", "3.3", "HLT - Halt")]
    public void An_interrupt_ends_a_halt_and_returns_behind_HLT(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Flags(Eflags.IF).Code(a =>
        {
            a.hlt();
            a.mov(eax, 0x55);
        }).Load();
        guest.Run();
        Assert.NotEqual(0x55ul, guest.Processor[0]);
        guest.WithInterrupt(0x40).Run();
        Assert.Equal(GuestLayout.Code + 1ul, Assert.Single(guest.Log).ReturnRip);
        Assert.Equal(0x55ul, guest.Processor[0]);
    }

    [Fact]
    [Manual("3A", "6.3.1", "External Interrupts")]
    public void An_external_interrupt_with_any_vector_from_16_on_is_delivered_without_an_error_code()
    {
        for (int vector = 16; vector < 256; vector++)
        {
            using Guest guest = new GuestBuilder().Handlers(HandlerEnd.Return).Flags(Eflags.IF).Code(a => a.nop()).Load().WithInterrupt((byte)vector);
            guest.Run();
            HandledEvent handled = Assert.Single(guest.Log);
            Assert.Equal(((byte)vector, (uint?)null), (handled.Vector, handled.ErrorCode));
        }
    }
}
