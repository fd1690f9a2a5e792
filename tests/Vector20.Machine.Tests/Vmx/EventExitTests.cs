using Iced.Intel;
using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx;

/// <summary>Exceptions, interrupts, windows, timer and trap flag: the exits that no instruction asks for.</summary>
[Manual("3C", "26.2", "Other Causes of VM Exits")]
[Manual("3C", "25.9.2", "Information for VM Exits Due to Vectored Events")]
public class EventExitTests
{
    private const uint NotPresent = 0x7_1000;

    [Fact]
    [Manual("3C", "28.2.2", "Information for VM Exits Due to Vectored Events")]
    public void An_exception_exits_by_its_bit_with_its_error_code()
    {
        void Code(Assembler a) { a.mov(eax, 0x7000); a.mov(ds, ax); }
        using VmxGuest exits = VmxGuest.Run(Code, v => v[VmcsField.ExceptionBitmap] = 1 << 13);
        exits.AssertExit(ExitReason.ExceptionOrNmi);
        Assert.Equal(Information(EventType.HardwareException, 13, true), exits.Last[VmcsField.VmExitInterruptionInformation]);
        Assert.Equal(0x7000ul, exits.Last[VmcsField.VmExitInterruptionErrorCode]);
        Assert.Equal(GuestLayout.Code + 5, exits.Last[VmcsField.GuestRip]);
        using VmxGuest not = VmxGuest.Run(Code, v => v[VmcsField.ExceptionBitmap] = ~(1ul << 13));
        Assert.Equal(13, not.Guest.Log.Single().Vector);
    }

    [Fact]
    [Manual("3C", "28.2.1", "Basic VM-Exit Information")]
    [Manual("3C", "28.1", "Architectural State Before a VM Exit")]
    public void A_page_fault_reports_its_address_in_the_qualification_and_leaves_CR2()
    {
        using VmxGuest guest = VmxGuest.Run(a => a.mov(__byte_ptr[NotPresent + 5], 1), v => v[VmcsField.ExceptionBitmap] = 1 << 14, new GuestBuilder().Page(NotPresent, 0));
        Assert.Equal(NotPresent + 5, guest.Last[VmcsField.ExitQualification]);
        Assert.Equal(2ul, guest.Last[VmcsField.VmExitInterruptionErrorCode]);
        Assert.Equal(0ul, guest.Processor.ControlRegister2);
    }

    [Theory]
    [InlineData(true, 2u, 2u, true)]
    [InlineData(true, 2u, 0u, false)]
    [InlineData(false, 2u, 2u, false)]
    [InlineData(false, 2u, 0u, true)]
    [Manual("3C", "25.6.3", "Exception Bitmap")]
    public void Mask_and_match_choose_among_page_faults(bool bit, uint mask, uint match, bool exits)
    {
        using VmxGuest guest = VmxGuest.Run(a => a.mov(__byte_ptr[NotPresent], 1), v =>
        {
            v[VmcsField.ExceptionBitmap] = bit ? 1ul << 14 : 0;
            v[VmcsField.PageFaultErrorCodeMask] = mask;
            v[VmcsField.PageFaultErrorCodeMatch] = match;
        }, new GuestBuilder().Page(NotPresent, 0));
        Assert.Equal(exits ? 1 : 0, guest.Exits.Count);
    }

    [Fact]
    [Manual("3C", "28.2.1", "Basic VM-Exit Information")]
    public void A_single_step_reports_BS_in_the_qualification_and_leaves_DR6()
    {
        using VmxGuest guest = VmxGuest.Run(a => { a.pushfq(); a.or(__byte_ptr[rsp + 1], 1); a.popfq(); a.nop(); }, v => v[VmcsField.ExceptionBitmap] = 2);
        guest.AssertExit(ExitReason.ExceptionOrNmi, Dr6.BS);
        Assert.Equal(Dr6.Initial, guest.Processor.DebugStatus);
    }

    [Theory]
    [InlineData("INT3", 3, EventType.SoftwareException, 1)]
    [InlineData("INT1", 1, EventType.PrivilegedSoftwareException, 1)]
    [InlineData("UD2", 6, EventType.HardwareException, 0)]
    public void A_software_exception_exits_with_its_type_and_length(string name, int vector, EventType type, ulong length)
    {
        using VmxGuest guest = VmxGuest.Run(a =>
        {
            if (name == "INT3") a.int3();
            else if (name == "INT1") a.int1();
            else a.ud2();
        }, v => v[VmcsField.ExceptionBitmap] = uint.MaxValue);
        Assert.Equal(Information(type, (byte)vector), guest.Last[VmcsField.VmExitInterruptionInformation]);
        Assert.Equal(length, guest.Last[VmcsField.VmExitInstructionLength]);
        Assert.Equal(GuestLayout.Code, guest.Last[VmcsField.GuestRip]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(20)]
    public void INT_n_does_not_consult_the_exception_bitmap(int vector)
    {
        using VmxGuest guest = VmxGuest.Run(a => a.@int((byte)vector), v => v[VmcsField.ExceptionBitmap] = uint.MaxValue);
        guest.AssertNoExit();
        Assert.Equal(vector, guest.Guest.Log.Single().Vector);
    }

    [Fact]
    public void A_triple_fault_exits()
    {
        using VmxGuest guest = VmxGuest.Run(a => { a.push(0); a.push(0); a.lidt(__[rsp]); a.ud2(); });
        guest.AssertExit(ExitReason.TripleFault);
        Assert.Equal(0ul, guest.Last[VmcsField.IdtVectoringInformation]);
    }

    [Fact]
    [Manual("3C", "28.2.4", "Information for VM Exits During Event Delivery")]
    public void A_fault_that_exits_while_an_event_is_delivered_reports_the_event_as_IDT_vectoring()
    {
        using VmxGuest guest = VmxGuest.Run(a => { a.mov(esp, NotPresent + 0x1000); a.@int(0x40); }, v => v[VmcsField.ExceptionBitmap] = 1 << 14, new GuestBuilder().Page(NotPresent, 0));
        guest.AssertExit(ExitReason.ExceptionOrNmi, NotPresent + 0x1000 - 8, 2);
        Assert.Equal(Information(EventType.SoftwareInterrupt, 0x40), guest.Last[VmcsField.IdtVectoringInformation]);
        Assert.Equal(GuestLayout.Code + 5, guest.Last[VmcsField.GuestRip]);
    }

    [Fact]
    [Manual("3C", "28.2.4", "Information for VM Exits During Event Delivery")]
    public void An_EPT_violation_while_an_event_is_delivered_reports_the_event_as_IDT_vectoring()
    {
        using VmxGuest guest = VmxGuest.Build(a => { a.mov(esp, NotPresent + 0x1000); a.@int(0x40); }, null, new GuestBuilder().Page(NotPresent, 0x20_0003));
        guest.MapLarge(0x20_0000, 0);
        guest.Run();
        Assert.Equal(ExitReason.EptViolation, guest.Reason);
        Assert.Equal(0x20_0000ul + 0x1000 - 8, guest.Last[VmcsField.GuestPhysicalAddress]);
        Assert.Equal(NotPresent + 0x1000ul - 8, guest.Last[VmcsField.GuestLinearAddress]);
        Assert.Equal(Information(EventType.SoftwareInterrupt, 0x40), guest.Last[VmcsField.IdtVectoringInformation]);
        Assert.Equal(2ul, guest.Last[VmcsField.VmExitInstructionLength]);
    }

    [Fact]
    [Manual("3C", "28.2.4", "Information for VM Exits During Event Delivery")]
    public void A_double_fault_that_exits_itself_is_not_reported_as_during_delivery()
    {
        using VmxGuest guest = VmxGuest.Run(a => { a.mov(esp, NotPresent + 0x1000); a.mov(eax, 0x7000); a.mov(ds, ax); }, v => v[VmcsField.ExceptionBitmap] = 1 << 8,
            new GuestBuilder().Page(NotPresent, 0).Gate(14, new GuestGate { Present = false }));
        Assert.Equal(Information(EventType.HardwareException, 8, true), guest.Last[VmcsField.VmExitInterruptionInformation]);
        Assert.Equal(0ul, guest.Last[VmcsField.IdtVectoringInformation]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Manual("3C", "28.1", "Architectural State Before a VM Exit")]
    public void An_external_interrupt_exits_whatever_IF_is_and_is_acknowledged_if_asked(bool acknowledge)
    {
        using VmxGuest guest = VmxGuest.Build(a => a.nop(), v =>
        {
            v.Set(PinBasedControls.ExternalInterruptExiting);
            if (acknowledge) v.Set(VmExitControls.AcknowledgeInterruptOnExit);
        });
        SendInterrupt(guest, 0x44);
        guest.Run();
        guest.AssertExit(ExitReason.ExternalInterrupt);
        Assert.Equal(acknowledge ? Information(EventType.ExternalInterrupt, 0x44) : 0, guest.Last[VmcsField.VmExitInterruptionInformation]);
        Assert.Equal(!acknowledge, guest.Processor.Apic.HasDeliverableInterrupt);
    }

    [Fact]
    public void Without_the_control_an_external_interrupt_goes_through_the_guests_IDT()
    {
        using VmxGuest guest = VmxGuest.Build(a => a.sti(), null);
        SendInterrupt(guest, 0x44);
        guest.Run();
        guest.AssertNoExit();
        Assert.Equal(0x44, guest.Guest.Log.Single().Vector);
    }

    [Fact]
    public void An_NMI_exits_under_NMI_exiting_and_else_is_delivered()
    {
        using VmxGuest exits = VmxGuest.Build(a => a.nop(), v => v.Set(PinBasedControls.NmiExiting));
        exits.Processor.NmiPending = true;
        exits.Run();
        exits.AssertExit(ExitReason.ExceptionOrNmi);
        Assert.Equal(Information(EventType.Nmi, 2), exits.Last[VmcsField.VmExitInterruptionInformation]);
        Assert.True(exits.Processor.NmisBlocked);
        using VmxGuest not = VmxGuest.Build(a => a.nop(), null);
        not.Processor.NmiPending = true;
        not.Run();
        Assert.Equal(2, not.Guest.Log.Single().Vector);
    }

    [Fact]
    public void INIT_exits_and_the_processor_stays_as_it_is()
    {
        using VmxGuest guest = VmxGuest.Build(a => a.mov(eax, 5), null);
        guest.Processor.InitPending = true;
        guest.Run();
        guest.AssertExit(ExitReason.InitSignal);
        Assert.Equal(GuestLayout.Code, guest.Last[VmcsField.GuestRip]);
    }

    [Fact]
    [Manual("3C", "27.7.2", "Activity State")]
    public void INIT_is_blocked_in_the_wait_for_SIPI_state()
    {
        using VmxGuest guest = VmxGuest.Build(a => a.nop(), v => v[VmcsField.GuestActivityState] = (ulong)ActivityState.WaitForSipi);
        guest.Processor.InitPending = true;
        guest.Run();
        guest.AssertNoExit();
        Assert.True(guest.Processor.InitPending);
        Assert.Equal(GuestLayout.Code, guest.Processor.InstructionPointer);
        guest.Processor.SipiPending = 0x9F;
        guest.Processor.RequestAttention();
        guest.Run();
        guest.AssertExit(ExitReason.StartUpIpi, 0x9F);
    }

    [Fact]
    public void A_start_up_IPI_exits_in_the_wait_for_SIPI_state()
    {
        using VmxGuest guest = VmxGuest.Build(a => a.nop(), v => v[VmcsField.GuestActivityState] = (ulong)ActivityState.WaitForSipi);
        guest.Processor.SipiPending = 0x9F;
        guest.Run();
        guest.AssertExit(ExitReason.StartUpIpi, 0x9F);
    }

    [Fact]
    [Manual("3C", "26.2", "Other Causes of VM Exits")]
    public void The_interrupt_window_opens_after_the_instruction_that_follows_STI()
    {
        using VmxGuest guest = VmxGuest.Run(a => { a.nop(); a.sti(); a.nop(); a.nop(); }, v => v.Set(ProcessorBasedControls.InterruptWindowExiting));
        guest.AssertExit(ExitReason.InterruptWindow);
        Assert.Equal(GuestLayout.Code + 3, guest.Last[VmcsField.GuestRip]);
        using VmxGuest closed = VmxGuest.Run(a => a.nop(), v => v.Set(ProcessorBasedControls.InterruptWindowExiting));
        closed.AssertNoExit();
    }

    [Fact]
    public void An_interrupt_window_that_is_open_at_VM_entry_exits_before_the_first_instruction()
    {
        using VmxGuest guest = VmxGuest.Run(a => a.nop(), v => v.Set(ProcessorBasedControls.InterruptWindowExiting), new GuestBuilder().Flags(Eflags.IF));
        guest.AssertExit(ExitReason.InterruptWindow);
        Assert.Equal(GuestLayout.Code, guest.Last[VmcsField.GuestRip]);
    }

    [Fact]
    public void The_NMI_window_opens_at_the_IRET_of_a_virtual_NMI()
    {
        using VmxGuest guest = VmxGuest.Run(a => a.nop(), v =>
        {
            v.Set(PinBasedControls.NmiExiting | PinBasedControls.VirtualNmis);
            v.Set(ProcessorBasedControls.NmiWindowExiting);
            v[VmcsField.VmEntryInterruptionInformation] = Information(EventType.Nmi, 2);
        }, new GuestBuilder().Handler(2, HandlerEnd.Return));
        guest.AssertExit(ExitReason.NmiWindow);
        Assert.Equal(2, guest.Guest.Log.Single().Vector);
        Assert.Equal(GuestLayout.Code, guest.Last[VmcsField.GuestRip]);
    }

    [Fact]
    [Manual("3C", "26.5.1", "VMX-Preemption Timer")]
    [Manual("3C", "27.7.4", "VMX-Preemption Timer")]
    public void The_preemption_timer_counts_instructions_and_is_saved_when_asked()
    {
        void Timer(Vmcs v) { v.Set(PinBasedControls.ActivateVmxPreemptionTimer); v[VmcsField.VmxPreemptionTimerValue] = 5; }
        using VmxGuest guest = VmxGuest.Run(a => { for (int i = 0; i < 20; i++) a.nop(); }, Timer);
        guest.AssertExit(ExitReason.VmxPreemptionTimerExpired);
        Assert.Equal(GuestLayout.Code + 5, guest.Last[VmcsField.GuestRip]);
        using VmxGuest saved = VmxGuest.Run(a => { a.nop(); a.nop(); a.cpuid(); }, v => { Timer(v); v.Set(VmExitControls.SaveVmxPreemptionTimerValue); });
        saved.AssertExit(ExitReason.Cpuid, 0, 2);
        Assert.Equal(2ul, saved.Last[VmcsField.VmxPreemptionTimerValue]);
    }

    [Fact]
    public void A_preemption_timer_of_0_expires_before_the_first_instruction()
    {
        using VmxGuest guest = VmxGuest.Run(a => a.nop(), v => v.Set(PinBasedControls.ActivateVmxPreemptionTimer));
        guest.AssertExit(ExitReason.VmxPreemptionTimerExpired);
        Assert.Equal(GuestLayout.Code, guest.Last[VmcsField.GuestRip]);
    }

    [Fact]
    [Manual("3C", "26.5.2", "Monitor Trap Flag")]
    public void The_monitor_trap_flag_exits_after_each_instruction()
    {
        using VmxGuest guest = VmxGuest.Build(a => { a.nop(); a.mov(al, 1); a.nop(); }, v => v.Set(ProcessorBasedControls.MonitorTrapFlag));
        guest.OnExit = g => { if (g.Exits.Count == 3) g.Stay(); };
        guest.Run();
        Assert.All(guest.Exits, exit => Assert.Equal((ulong)ExitReason.MonitorTrapFlag, exit[VmcsField.ExitReason]));
        Assert.Equal([GuestLayout.Code + 1, GuestLayout.Code + 3, GuestLayout.Code + 4], guest.Exits.Select(exit => exit[VmcsField.GuestRip]));
    }

    [Fact]
    [Manual("3C", "26.5.2", "Monitor Trap Flag")]
    public void The_monitor_trap_flag_exits_at_the_handler_of_an_interrupt_that_comes_before_the_instruction()
    {
        using VmxGuest guest = VmxGuest.Build(a => a.nop(), v => v.Set(ProcessorBasedControls.MonitorTrapFlag), new GuestBuilder().Flags(Eflags.IF));
        SendInterrupt(guest, 0x44);
        guest.Run();
        guest.AssertExit(ExitReason.MonitorTrapFlag);
        Assert.InRange(guest.Last[VmcsField.GuestRip], GuestLayout.Handlers, GuestLayout.Handlers + 0x6FFF);
        Assert.Empty(guest.Guest.Log);
    }

    [Fact]
    [Manual("3C", "28.3.4", "Saving Non-Register State")]
    public void The_shadow_of_MOV_SS_is_saved()
    {
        using VmxGuest guest = VmxGuest.Run(a => { a.mov(eax, ss); a.mov(ss, eax); a.cpuid(); });
        guest.AssertExit(ExitReason.Cpuid, 0, 2);
        Assert.Equal((ulong)InterruptibilityState.BlockingByMovSs, guest.Last[VmcsField.GuestInterruptibilityState]);
    }

    private static void SendInterrupt(VmxGuest guest, byte vector)
    {
        guest.Processor.Apic.Write((int)ApicRegister.SpuriousInterruptVector, 4, 0x1FF);
        guest.Processor.Apic.Receive(new ApicMessage(DeliveryMode.Fixed, vector));
    }

    private static ulong Information(EventType type, byte vector, bool errorCode = false) => new Event(type, vector, errorCode).InterruptionInformation;
}
