using Vector20.Hypervisor.Exits;
using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Apic;

/// <summary>What a vCPU is entered with: one event at most, and windows for those that must wait.</summary>
[Manual("3C", "25.8.3", "VM-Entry Controls for Event Injection")]
internal static class Injection
{
    private const ulong Shadow = (ulong)(InterruptibilityState.BlockingBySti | InterruptibilityState.BlockingByMovSs);
    private const ulong Windows = (ulong)(ProcessorBasedControls.InterruptWindowExiting | ProcessorBasedControls.NmiWindowExiting);

    /// <summary>Queues an exception of the guest's. Met while another event was being delivered, the two may make a double fault.</summary>
    public static void Queue(Vcpu v, Event exception)
    {
        NestedOutcome outcome = v.Interrupted is { } first ? Classification.Combine(Classification.Of(first), Classification.Of(exception)) : NestedOutcome.HandledSerially;
        v.Interrupted = null;
        if (outcome == NestedOutcome.TripleFault) v.Vm.End(VmState.ShutDown, $"vCPU {v.Index} shut down: a triple fault");
        else if (outcome == NestedOutcome.DoubleFault) v.Exception = Event.Exception(ExceptionVector.DoubleFault, 0) with { Source = EventSource.Injection };
        else v.Exception = exception;
    }

    /// <summary>The last thing before a VM entry.</summary>
    public static void BeforeEntry(Vcpu v)
    {
        Startup(v);
        v.Vmcs[VmcsField.ProcessorBasedControls] &= ~Windows;
        if (v.Apic is not null) PreemptionTimer(v);
        if (!v.WaitsForStartUp) Choose(v);
        v.ApicPage?.Store(v);
    }

    private static void Startup(Vcpu v)
    {
        if (v.InitPending) VcpuStart.Init(v);
        if (v.WaitsForStartUp && v.StartUpVector >= 0) VcpuStart.StartUp(v, (byte)v.StartUpVector);
    }

    /// <summary>First what an exit interrupted, then exceptions, NMIs, and external interrupts.</summary>
    private static void Choose(Vcpu v)
    {
        bool busy = true;
        if (v.Interrupted is { } interrupted) InjectAgain(v, interrupted);
        else if (v.Exception is { } exception) InjectException(v, exception);
        else if (v.NmiPending && NmiPossible(v)) InjectNmi(v);
        else busy = false;
        if (v.NmiPending) Open(v, ProcessorBasedControls.NmiWindowExiting);
        if (v.Apic is not { } apic || !NeedsInjection(v, apic)) return;
        if (busy || !InterruptPossible(v)) Open(v, ProcessorBasedControls.InterruptWindowExiting);
        else InjectInterrupt(v, apic);
    }

    /// <summary>An exception that the host queued meanwhile waits until the guest has taken the other event: the vCPU leaves the guest again at once.</summary>
    private static void InjectAgain(Vcpu v, Event interrupted)
    {
        v.Interrupted = null;
        Inject(v, interrupted);
        if (v.Exception is not null) v.Vm.KickSelf(v);
    }

    private static void InjectException(Vcpu v, Event exception)
    {
        v.Exception = null;
        Inject(v, exception);
    }

    /// <summary>With virtual-interrupt delivery only what bypasses the APIC's registers is injected: an interrupt of the 8259.</summary>
    private static bool NeedsInjection(Vcpu v, LocalApic apic) =>
        v.ApicPage is { Active: true } ? InterruptDelivery.HasExternal(apic) : apic.HasDeliverableInterrupt;

    private static void InjectInterrupt(Vcpu v, LocalApic apic)
    {
        InterruptAcknowledge taken = apic.AcknowledgeInterrupt();
        if (v.Vm.Observer is not null) v.Vm.Note(v, "injects interrupt", $"vector {taken.Vector}, external interrupt");
        Inject(v, new Event(EventType.ExternalInterrupt, taken.Vector, Source: EventSource.Injection));
        if (NeedsInjection(v, apic)) Open(v, ProcessorBasedControls.InterruptWindowExiting);
    }

    private static void InjectNmi(Vcpu v)
    {
        v.NmiPending = false;
        v.Vm.Note(v, "injects NMI", "virtual NMIs are blocked until IRET");
        Inject(v, new Event(EventType.Nmi, (byte)ExceptionVector.Nmi, Source: EventSource.Injection));
    }

    /// <summary>
    /// Real-address mode has no error codes. A single step that is delivered in the shadow of STI is pending no longer, and VM entry would
    /// take the shadow with RFLAGS.TF for a contradiction: #DB ends it.
    /// </summary>
    [Manual("3C", "27.2.1.3", "VM-Entry Control Fields")]
    [Manual("3C", "27.3.1.5", "Checks on Guest Non-Register State")]
    private static void Inject(Vcpu v, Event e)
    {
        v.Assisted = null;
        if ((v.Vmcs[VmcsField.GuestCr0] & Cr0.PE) == 0) e = e with { HasErrorCode = false, ErrorCode = 0 };
        v.Vmcs[VmcsField.VmEntryInterruptionInformation] = e.InterruptionInformation;
        v.Vmcs[VmcsField.VmEntryExceptionErrorCode] = e.ErrorCode;
        v.Vmcs[VmcsField.VmEntryInstructionLength] = e.InstructionLength;
        if (e.Is(ExceptionVector.Debug)) GuestInstruction.EndShadow(v);
        if (e.Type is EventType.HardwareException or EventType.SoftwareException or EventType.PrivilegedSoftwareException)
            v.Vmcs[VmcsField.GuestActivityState] = (ulong)ActivityState.Active;
    }

    /// <summary>A debug trap is pending: it comes before interrupts, and their injection would lose it.</summary>
    [Manual("3C", "27.7.3", "Delivery of Pending Debug Exceptions after VM Entry")]
    private static bool TrapPending(Vcpu v) =>
        (v.Vmcs[VmcsField.GuestPendingDebugExceptions] & (Dr6.BS | NonRegisterState.EnabledBreakpoint)) != 0;

    private static bool NmiPossible(Vcpu v) =>
        !TrapPending(v) && (v.Vmcs[VmcsField.GuestInterruptibilityState] & (Shadow | (ulong)InterruptibilityState.BlockingByNmi)) == 0;

    private static bool InterruptPossible(Vcpu v) =>
        !TrapPending(v) && (v.Vmcs[VmcsField.GuestRflags] & Eflags.IF) != 0 && (v.Vmcs[VmcsField.GuestInterruptibilityState] & Shadow) == 0;

    private static void Open(Vcpu v, ProcessorBasedControls window) => v.Vmcs[VmcsField.ProcessorBasedControls] |= (ulong)window;

    /// <summary>The virtual APIC's timer is the VMX-preemption timer.</summary>
    [Manual("3C", "26.5.1", "VMX-Preemption Timer")]
    private static void PreemptionTimer(Vcpu v)
    {
        const ulong Timer = (ulong)PinBasedControls.ActivateVmxPreemptionTimer;
        ulong now = v.Processor.Now, deadline = v.Apic!.NextDeadline;
        if (deadline <= now)
        {
            v.Apic.Advance();
            deadline = v.Apic.NextDeadline;
        }

        ulong pin = v.Vmcs[VmcsField.PinBasedControls];
        v.Vmcs[VmcsField.PinBasedControls] = deadline == ulong.MaxValue ? pin & ~Timer : pin | Timer;
        v.Vmcs[VmcsField.VmxPreemptionTimerValue] = Math.Min(uint.MaxValue, deadline > now ? (deadline - now) >> VmxClock.PreemptionTimerShift : 0);
    }
}
