using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Tests.Vmx;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Events;

/// <summary>Claims C6, C7, C9, C10 and C11 at the machine: guests in non-root operation with every bit of the exception bitmap set.</summary>
[Manual("3C", "26.2", "Other Causes of VM Exits")]
public class BitmapClaimTests
{
    private const uint AllBits = uint.MaxValue, NoBits = 0;

    /// <summary>Where the guest's EPT tables map the GiB that holds the local APIC, which the guest uses without a hypervisor between.</summary>
    private const ulong FourthGibibyteEntry = 0x10_1000 + 3 * 8;

    public static TheoryData<GuestMode, int> Modes => new()
    {
        { GuestMode.Real, 0 }, { GuestMode.Protected16, 3 }, { GuestMode.Protected, 0 }, { GuestMode.Protected, 3 },
        { GuestMode.Compatibility, 0 }, { GuestMode.Compatibility, 3 }, { GuestMode.Long, 0 }, { GuestMode.Long, 3 },
    };

    /// <summary>The instructions that raise exceptions by their own opcode, and the two that look like it and do not.</summary>
    public static TheoryData<string, ExceptionVector, EventType> ExceptionInstructions => new()
    {
        { "INT1", ExceptionVector.Debug, EventType.PrivilegedSoftwareException },
        { "INT3", ExceptionVector.Breakpoint, EventType.SoftwareException },
        { "INTO", ExceptionVector.Overflow, EventType.SoftwareException },
        { "BOUND", ExceptionVector.BoundRange, EventType.HardwareException },
        { "UD0", ExceptionVector.InvalidOpcode, EventType.HardwareException },
        { "UD1", ExceptionVector.InvalidOpcode, EventType.HardwareException },
        { "UD2", ExceptionVector.InvalidOpcode, EventType.HardwareException },
    };

    [Fact]
    [Manual("3A", "6.3.1", "External Interrupts")]
    public void C6_vectors_0_to_21_are_exceptions_by_name_and_22_to_31_are_reserved()
    {
        byte[] named = [.. Enum.GetValues<ExceptionVector>().Select(vector => (byte)vector)];
        Assert.Equal(Enumerable.Range(0, 22).Where(vector => vector != 15).Select(vector => (byte)vector), named);
        Assert.Equal(20, (int)ExceptionVector.Virtualization);
    }

    [Theory, MemberData(nameof(Modes))]
    public void C7_and_C9_INT_n_reaches_all_256_vectors_and_none_exits_whatever_the_bitmap(GuestMode mode, int cpl)
    {
        using VmxGuest guest = Run(EveryInterrupt(mode, cpl), AllBits, 50_000);
        Assert.Empty(guest.Exits);
        Assert.Equal(Enumerable.Range(0, 256), guest.Guest.Vectors());
    }

    [Theory, MemberData(nameof(Modes))]
    public void C11_INT_20_makes_no_exit_but_by_a_hardware_fault(GuestMode mode, int cpl)
    {
        GuestBuilder Interrupt20() => new GuestBuilder(mode, cpl).Handlers(HandlerEnd.Return).Code(a => a.@int(20));
        using VmxGuest right = Run(Interrupt20(), 1 << 20);
        Assert.Empty(right.Exits);
        Assert.Equal([20], right.Guest.Vectors());
        using VmxGuest broken = Run(Interrupt20(), 1 << 20, faults: HardwareFaults.BitmapSeesIntN);
        AssertReportsVirtualizationException(broken);
    }

    [Theory]
    [InlineData(HardwareFaults.None)]
    [InlineData(HardwareFaults.BitmapSeesIpi)]
    [InlineData(HardwareFaults.Ipi20AsException)]
    public void C11_an_IPI_with_vector_20_makes_no_exit_but_by_a_hardware_fault(HardwareFaults faults)
    {
        using VmxGuest guest = Run(SelfIpi(20), 1 << 20, faults: faults);
        if (faults != HardwareFaults.None)
        {
            AssertReportsVirtualizationException(guest);
            return;
        }

        Assert.Empty(guest.Exits);
        Assert.Equal([20], guest.Guest.Vectors());
    }

    [Fact]
    public void C9_no_IPI_with_a_vector_from_16_to_255_makes_an_exit_whatever_the_bitmap()
    {
        for (int vector = 16; vector < 256; vector++)
        {
            using VmxGuest guest = Run(SelfIpi((byte)vector), AllBits);
            Assert.Empty(guest.Exits);
            Assert.Equal([vector], guest.Guest.Vectors());
        }
    }

    [Theory, MemberData(nameof(ExceptionInstructions))]
    [Manual("3C", "25.9.2", "Information for VM Exits Due to Vectored Events")]
    public void C10_an_exception_exits_with_its_bit_set_and_reaches_the_guest_with_it_clear(string name, ExceptionVector vector, EventType type)
    {
        foreach (ITheoryDataRow row in Modes)
        {
            (GuestMode mode, int cpl) = ((GuestMode)row.GetData()[0]!, (int)row.GetData()[1]!);
            if (mode == GuestMode.Long && name is "INTO" or "BOUND") continue;
            GuestBuilder Build() => new GuestBuilder(mode, cpl).Handlers(HandlerEnd.Halt).Code(a => Write(a, name));
            using VmxGuest intercepted = Run(Build(), 1u << (int)vector);
            var information = new InterruptionInformation((uint)intercepted.Last[VmcsField.VmExitInterruptionInformation]);
            Assert.Equal((ExitReason.ExceptionOrNmi, (byte)vector, type), (intercepted.Reason, information.Vector, information.Type));
            Assert.Equal(0, intercepted.Guest.HandledCount);
            using VmxGuest delivered = Run(Build(), ~(1u << (int)vector));
            Assert.Empty(delivered.Exits);
            Assert.Equal([(int)vector], delivered.Guest.Vectors());
        }
    }

    [Theory]
    [InlineData(0x01)]
    [InlineData(0x03)]
    [InlineData(0x04)]
    [InlineData(0x06)]
    public void C10_INT_n_with_the_vector_of_an_exception_is_none(byte vector)
    {
        using VmxGuest guest = Run(new GuestBuilder().Handlers(HandlerEnd.Return).Code(a => a.db(0xCD, vector)), AllBits);
        Assert.Empty(guest.Exits);
        Assert.Equal([(int)vector], guest.Guest.Vectors());
    }

    [Fact]
    [Manual("3C", "25.9.3", "Information for VM Exits That Occur During Event Delivery")]
    public void An_exception_met_while_INT_n_is_delivered_exits_with_INT_n_as_the_event_that_was_being_delivered()
    {
        using VmxGuest guest = Run(new GuestBuilder().Gate(0x40, new GuestGate { Present = false }).Code(a => a.@int(0x40)), 1 << 11);
        var vectoring = new InterruptionInformation((uint)guest.Last[VmcsField.IdtVectoringInformation]);
        Assert.Equal((true, (byte)0x40, EventType.SoftwareInterrupt), (vectoring.Valid, vectoring.Vector, vectoring.Type));
        Assert.Equal((2ul, (ulong)GuestLayout.Code), (guest.Last[VmcsField.VmExitInstructionLength], guest.Last[VmcsField.GuestRip]));
        Assert.Null(guest.Processor.Delivering);
    }

    [Theory]
    [InlineData(NoBits, ExitReason.TripleFault, false)]
    [InlineData(1u << 8, ExitReason.ExceptionOrNmi, false)]
    [InlineData(1u << 11, ExitReason.ExceptionOrNmi, true)]
    [Manual("3C", "28.2.4", "Information for VM Exits During Event Delivery")]
    public void The_bitmap_sees_the_second_exception_before_the_double_fault_that_it_makes(uint bitmap, ExitReason reason, bool vectoring)
    {
        var absent = new GuestGate { Present = false };
        using VmxGuest guest = Run(new GuestBuilder().Gate(13, absent).Gate(8, absent).Gate(11, absent).Code(a => a.mov(__[rax], eax)), bitmap);
        Assert.Equal(reason, guest.Reason);
        Assert.Equal(vectoring, new InterruptionInformation((uint)guest.Last[VmcsField.IdtVectoringInformation]).Valid);
    }

    [Theory]
    [InlineData(GuestMode.Real, false)]
    [InlineData(GuestMode.Protected, true)]
    [Manual("3C", "28.2.2", "Information for VM Exits Due to Vectored Events")]
    public void An_exception_has_an_error_code_for_the_exit_unless_it_was_raised_in_real_mode(GuestMode mode, bool hasErrorCode)
    {
        byte[] tooLong = [.. Enumerable.Repeat((byte)0x66, 15), 0x90];
        using VmxGuest guest = Run(new GuestBuilder(mode).Code(a => a.db(tooLong)), 1 << 13);
        var information = new InterruptionInformation((uint)guest.Last[VmcsField.VmExitInterruptionInformation]);
        Assert.Equal((13, hasErrorCode), (information.Vector, information.HasErrorCode));
    }

    [Fact]
    [Manual("3A", "6.12", "Exception and Interrupt Handling")]
    public void The_observer_sees_an_event_raised_looked_at_and_delivered_in_this_order()
    {
        var recorder = new EventRecorder();
        using var guest = new VmxGuest(new GuestBuilder().Handlers(HandlerEnd.Halt).Code(a => a.@int(20)), vmcs => vmcs[VmcsField.ExceptionBitmap] = AllBits);
        guest.Guest.Computer.EventObserver = recorder;
        guest.Run();
        EventStep[] path = [.. recorder.Steps.Where(step => step.Event.Vector == 20)];
        Assert.Equal([EventStepKind.Raised, EventStepKind.NotIntercepted, EventStepKind.Delivered], path.Select(step => step.Kind));
        Assert.Equal([GuestLayout.Code, (ulong)InterceptionRule.SoftwareInterrupt], path[..2].Select(step => step.Value));
        Assert.All(path, step => Assert.NotEmpty(step.Manual.Section));
    }

    private static VmxGuest Run(GuestBuilder builder, uint bitmap, ulong instructions = 1000, HardwareFaults faults = HardwareFaults.None)
    {
        var options = new ComputerOptions { MemorySize = 4 << 20, Faults = faults };
        var guest = new VmxGuest(builder, vmcs => vmcs[VmcsField.ExceptionBitmap] = bitmap, options);
        guest.Memory.Write(new PhysicalAddress(FourthGibibyteEntry), 0xC000_0000ul | 1 << 7 | 7);
        guest.Processor[0] = 0x8000_0000_0000_0000;
        return guest.Run(instructions);
    }

    private static void AssertReportsVirtualizationException(VmxGuest guest)
    {
        Assert.Equal(ExitReason.ExceptionOrNmi, guest.Reason);
        var information = new InterruptionInformation((uint)guest.Last[VmcsField.VmExitInterruptionInformation]);
        Assert.Equal(((byte)20, EventType.HardwareException), (information.Vector, information.Type));
        Assert.Equal(0, guest.Guest.HandledCount);
    }

    private static GuestBuilder EveryInterrupt(GuestMode mode, int cpl) => new GuestBuilder(mode, cpl).Handlers(HandlerEnd.Return).Code(a =>
    {
        for (int vector = 0; vector < 256; vector++) a.db(0xCD, (byte)vector);
    });

    /// <summary>Enables the local APIC through its page, and sends a fixed IPI to itself.</summary>
    private static GuestBuilder SelfIpi(byte vector) => new GuestBuilder().Handlers(HandlerEnd.Return).Flags(Eflags.IF).Code(a =>
    {
        a.mov(ebx, 0xFEE0_0000);
        a.mov(__dword_ptr[rbx + 0xF0], 0x1FF);
        a.mov(__dword_ptr[rbx + 0x300], 0x4_4000 | vector);
        a.nop();
    });

    private static void Write(Assembler a, string name)
    {
        switch (name)
        {
            case "INT1": a.db(0xF1); break;
            case "INT3": a.db(0xCC); break;
            case "INTO":
                a.mov(eax, int.MaxValue);
                a.add(eax, 1);
                a.db(0xCE);
                break;
            case "BOUND":
                a.mov(eax, 5);
                a.bound(eax, __qword_ptr[esp - 16]);
                break;
            case "UD0": a.db(0x0F, 0xFF, 0xC0); break;
            case "UD1": a.db(0x0F, 0xB9, 0xC0); break;
            default: a.ud2(); break;
        }
    }
}
