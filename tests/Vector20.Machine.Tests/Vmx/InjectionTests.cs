using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx;

[Manual("3C", "27.6", "Event Injection")]
[Manual("3C", "27.6.1.1", "Details of Vectored-Event Injection")]
[Manual("3C", "25.8.3", "VM-Entry Controls for Event Injection")]
public class InjectionTests
{
    private const uint NotPresent = 0x7_1000;

    [Theory]
    [InlineData(EventType.ExternalInterrupt, 0x41, 0, false)]
    [InlineData(EventType.Nmi, 2, 0, false)]
    [InlineData(EventType.HardwareException, 13, 0, true)]
    [InlineData(EventType.HardwareException, 20, 0, false)]
    [InlineData(EventType.SoftwareInterrupt, 20, 2, false)]
    [InlineData(EventType.PrivilegedSoftwareException, 1, 1, false)]
    [InlineData(EventType.SoftwareException, 3, 1, false)]
    public void Each_type_reaches_its_handler_with_the_right_return_address_and_no_exit(EventType type, int vector, int length, bool errorCode)
    {
        using VmxGuest guest = VmxGuest.Run(a => { a.nop(); a.nop(); a.nop(); }, v =>
        {
            v[VmcsField.ExceptionBitmap] = uint.MaxValue;
            v[VmcsField.VmEntryInterruptionInformation] = new Event(type, (byte)vector, errorCode).InterruptionInformation;
            v[VmcsField.VmEntryExceptionErrorCode] = 0x55;
            v[VmcsField.VmEntryInstructionLength] = (ulong)length;
        }, new GuestBuilder().Flags(Eflags.IF));
        guest.AssertNoExit();
        HandledEvent handled = guest.Guest.Log.Single();
        Assert.Equal(vector, handled.Vector);
        Assert.Equal(GuestLayout.Code + (ulong)length, handled.ReturnRip);
        Assert.Equal(errorCode ? 0x55u : null, (uint?)handled.ErrorCode);
    }

    [Fact]
    [Manual("3C", "27.6.1.2", "VM Exits During Event Injection")]
    public void A_fault_while_an_event_is_injected_may_exit_and_reports_the_event()
    {
        using VmxGuest guest = VmxGuest.Run(a => a.nop(), v =>
        {
            v[VmcsField.ExceptionBitmap] = 1 << 14;
            v[VmcsField.GuestRsp] = NotPresent + 0x800;
            v[VmcsField.VmEntryInterruptionInformation] = new Event(EventType.HardwareException, 6).InterruptionInformation;
        }, new GuestBuilder().Page(NotPresent, 0));
        guest.AssertExit(ExitReason.ExceptionOrNmi, NotPresent + 0x800 - 8);
        Assert.Equal(new Event(EventType.HardwareException, 6).InterruptionInformation, (uint)guest.Last[VmcsField.IdtVectoringInformation]);
        Assert.Equal(0ul, guest.Last[VmcsField.VmEntryInterruptionInformation] & InterruptionInformation.ValidBit);
    }

    [Fact]
    [Manual("3C", "27.7.1", "Interruptibility State")]
    public void An_injected_NMI_blocks_virtual_NMIs_alone_when_they_are_on()
    {
        using VmxGuest virtualNmis = VmxGuest.Run(a => a.nop(), v =>
        {
            v.Set(PinBasedControls.NmiExiting | PinBasedControls.VirtualNmis);
            v[VmcsField.VmEntryInterruptionInformation] = new Event(EventType.Nmi, 2).InterruptionInformation;
        });
        Assert.True(virtualNmis.Processor.Vmx.VirtualNmisBlocked);
        Assert.False(virtualNmis.Processor.NmisBlocked);
        using VmxGuest real = VmxGuest.Run(a => a.nop(), v => v[VmcsField.VmEntryInterruptionInformation] = new Event(EventType.Nmi, 2).InterruptionInformation);
        Assert.True(real.Processor.NmisBlocked);
    }

    [Fact]
    [Manual("3C", "27.7.2", "Activity State")]
    public void An_injected_interrupt_ends_the_HLT_state()
    {
        using VmxGuest guest = VmxGuest.Run(a => a.mov(eax, 9), v =>
        {
            v[VmcsField.GuestActivityState] = (ulong)ActivityState.Hlt;
            v[VmcsField.VmEntryInterruptionInformation] = new Event(EventType.ExternalInterrupt, 0x41).InterruptionInformation;
        }, new GuestBuilder().Flags(Eflags.IF));
        Assert.Equal(0x41, guest.Guest.Log.Single().Vector);
        Assert.Equal(9ul, guest.Processor[0]);
    }

    [Fact]
    [Manual("3C", "27.7.8", "Pending MTF VM Exits")]
    public void A_pending_MTF_VM_exit_happens_before_the_first_instruction()
    {
        using VmxGuest guest = VmxGuest.Run(a => a.nop(), v => v[VmcsField.VmEntryInterruptionInformation] = new Event(EventType.Other, 0).InterruptionInformation);
        guest.AssertExit(ExitReason.MonitorTrapFlag);
        Assert.Equal(GuestLayout.Code, guest.Last[VmcsField.GuestRip]);
    }

    [Fact]
    [Manual("3C", "27.7.3", "Delivery of Pending Debug Exceptions after VM Entry")]
    public void A_pending_debug_exception_is_delivered_before_the_first_instruction()
    {
        using VmxGuest guest = VmxGuest.Run(a => a.nop(), v => v[VmcsField.GuestPendingDebugExceptions] = Dr6.BS);
        Assert.Equal(1, guest.Guest.Log.Single().Vector);
        Assert.Equal(GuestLayout.Code, guest.Guest.Log.Single().ReturnRip);
        using VmxGuest disabled = VmxGuest.Run(a => a.nop(), v => v[VmcsField.GuestPendingDebugExceptions] = 1);
        Assert.Empty(disabled.Guest.Log);
    }

    [Theory]
    [Manual("3C", "27.7.3", "Delivery of Pending Debug Exceptions after VM Entry")]
    [InlineData(EventType.ExternalInterrupt, 0x41, false, false)]
    [InlineData(EventType.Nmi, 2, false, false)]
    [InlineData(EventType.HardwareException, 6, true, false)]
    [InlineData(EventType.PrivilegedSoftwareException, 1, true, false)]
    [InlineData(EventType.SoftwareException, 3, false, false)]
    [InlineData(EventType.SoftwareException, 3, true, true)]
    [InlineData(EventType.SoftwareInterrupt, 0x41, true, true)]
    public void An_injected_event_takes_the_place_of_pending_debug_exceptions_but_for_INT_after_MOV_SS(EventType type, int vector, bool movSs, bool delivered)
    {
        using VmxGuest guest = VmxGuest.Run(a => a.nop(), v =>
        {
            v[VmcsField.GuestPendingDebugExceptions] = NonRegisterState.EnabledBreakpoint | 1;
            v[VmcsField.GuestInterruptibilityState] = movSs ? (ulong)InterruptibilityState.BlockingByMovSs : 0;
            v[VmcsField.VmEntryInterruptionInformation] = new Event(type, (byte)vector).InterruptionInformation;
        }, new GuestBuilder().Flags(Eflags.IF));
        guest.AssertNoExit();
        HandledEvent first = guest.Guest.Log.Single();
        Assert.Equal(delivered ? 1 : vector, first.Vector);
        Assert.Equal(!delivered, first.ReturnRip == GuestLayout.Code);
    }

    [Fact]
    public void The_valid_bit_is_cleared_by_the_next_exit()
    {
        using VmxGuest guest = VmxGuest.Run(a => { a.nop(); a.cpuid(); }, v => v[VmcsField.VmEntryInterruptionInformation] = new Event(EventType.SoftwareInterrupt, 0x41).InterruptionInformation);
        Assert.Equal(ExitReason.Cpuid, guest.Reason);
        Assert.Equal(0x41ul | 4 << 8, guest.Last[VmcsField.VmEntryInterruptionInformation]);
        Assert.Equal(0ul, guest.Last[VmcsField.IdtVectoringInformation]);
    }
}
