using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Events;

/// <summary>Faults met while another event is being delivered.</summary>
[Manual("3A", "6.15", "Interrupt 8 - Double Fault Exception (#DF)")]
public class NestedFaultTests
{
    private static readonly GuestGate s_absent = new() { Present = false };

    public static TheoryData<GuestMode> Modes => [GuestMode.Protected16, GuestMode.Protected, GuestMode.Compatibility, GuestMode.Long];

    [Theory, MemberData(nameof(Modes))]
    public void A_contributory_exception_during_a_contributory_one_is_a_double_fault_with_error_code_0(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Gate(13, s_absent).Code(WriteReservedBitOfCr4).Load();
        guest.Processor[0] = 0x8000_0000;
        guest.Run();
        HandledEvent handled = Assert.Single(guest.Log);
        Assert.Equal((8, 0u), ((int)handled.Vector, handled.ErrorCode!.Value));
        Assert.Equal((ulong)GuestLayout.Code, handled.ReturnRip);
    }

    [Theory, MemberData(nameof(Modes))]
    public void A_contributory_exception_during_a_benign_one_is_handled_serially_with_EXT_set(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Gate(6, s_absent).Code(a => a.ud2()).Load();
        guest.Run();
        HandledEvent handled = Assert.Single(guest.Log);
        Assert.Equal((11, 6u * 8 + 2 + 1), ((int)handled.Vector, handled.ErrorCode!.Value));
    }

    [Theory, MemberData(nameof(Modes))]
    [Manual("3A", "6.13", "Error Code")]
    public void A_fault_during_the_delivery_of_INT_n_has_EXT_clear_and_restarts_INT_n(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Gate(0x40, s_absent).Code(a => a.@int(0x40)).Load();
        guest.Run();
        HandledEvent handled = Assert.Single(guest.Log);
        Assert.Equal((11, 0x40u * 8 + 2), ((int)handled.Vector, handled.ErrorCode!.Value));
        Assert.Equal((ulong)GuestLayout.Code, handled.ReturnRip);
    }

    [Theory]
    [InlineData(GuestMode.Compatibility)]
    [InlineData(GuestMode.Long)]
    public void A_page_fault_during_a_contributory_exception_is_handled_serially(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Page(GuestLayout.StartStack(0) - 1, 0).Gate(14, new GuestGate { Ist = 1 }).Code(WriteReservedBitOfCr4).Load();
        guest.Processor[0] = 0x8000_0000;
        guest.Run();
        Assert.Equal(14, guest.Log[0].Vector);
        Assert.Equal(GuestLayout.StartStack(0) - 1, guest.Processor.ControlRegister2 | 0xFFF);
    }

    [Theory]
    [InlineData(GuestMode.Compatibility)]
    [InlineData(GuestMode.Long)]
    public void A_page_fault_during_a_page_fault_is_a_double_fault_with_the_second_address_in_CR2(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Page(GuestLayout.Data, 0).Page(GuestLayout.StartStack(0) - 1, 0)
            .Gate(8, new GuestGate { Ist = 1 }).Code(a => a.mov(eax, __dword_ptr[GuestLayout.Data])).Load();
        guest.Run();
        HandledEvent handled = Assert.Single(guest.Log);
        Assert.Equal(8, handled.Vector);
        Assert.Equal(GuestLayout.StartStack(0) - 1, guest.Processor.ControlRegister2 | 0xFFF);
    }

    [Theory, MemberData(nameof(Modes))]
    public void A_contributory_exception_during_a_double_fault_shuts_the_processor_down(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Gate(13, s_absent).Gate(8, s_absent).Gate(11, s_absent).Code(WriteReservedBitOfCr4).Load();
        guest.Processor[0] = 0x8000_0000;
        guest.Run();
        Assert.Empty(guest.Log);
        Assert.Equal(ActivityState.Shutdown, guest.Processor.Activity);
        Assert.Equal((ulong)GuestLayout.Code, guest.Processor.InstructionPointer);
    }

    [Fact]
    [Manual("3B", "21.1.4", "Interrupt and Exception Handling")]
    public void In_real_mode_a_vector_beyond_the_table_ends_in_shutdown_when_13_and_8_are_beyond_too()
    {
        using Guest guest = new GuestBuilder(GuestMode.Real).Code(a => a.@int(0x40)).Load();
        guest.Processor.Idtr = guest.Processor.Idtr with { Limit = 0x1F };
        guest.Run();
        Assert.Equal(ActivityState.Shutdown, guest.Processor.Activity);
    }

    [Fact]
    public void In_real_mode_a_vector_beyond_the_table_is_vector_13_without_an_error_code()
    {
        using Guest guest = new GuestBuilder(GuestMode.Real).Code(a => a.@int(0x40)).Load();
        guest.Processor.Idtr = guest.Processor.Idtr with { Limit = 0x3F };
        guest.Run();
        HandledEvent handled = Assert.Single(guest.Log);
        Assert.Equal((13, null, (ulong)GuestLayout.Code), (handled.Vector, handled.ErrorCode, handled.ReturnRip));
    }

    [Fact]
    public void The_observer_sees_the_classes_and_what_they_make()
    {
        var recorder = new EventRecorder();
        using Guest guest = new GuestBuilder().Gate(13, s_absent).Code(WriteReservedBitOfCr4).Load();
        guest.Computer.EventObserver = recorder;
        guest.Processor[0] = 0x8000_0000;
        guest.Run();
        EventStep classified = Assert.Single(recorder.Steps, step => step.Kind == EventStepKind.Classified);
        Assert.Equal((ulong)NestedOutcome.DoubleFault, classified.Value);
        EventStep delivered = Assert.Single(recorder.Steps, step => step.Kind == EventStepKind.Delivered);
        Assert.Equal(8, delivered.Event.Vector);
    }

    /// <summary>MOV CR4, EAX (or RAX): #GP(0), for the tests set bit 31.</summary>
    private static void WriteReservedBitOfCr4(Iced.Intel.Assembler a) => a.db(0x0F, 0x22, 0xE0);
}
