using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Vmx;

/// <summary>What VMX does to the path of an event, for whoever observes a computer's events.</summary>
internal static class VmxSteps
{
    private static readonly ManualReference Convertible = new("3C", "26.5.7.1", "Convertible EPT Violations"),
        Delivery = new("3C", "26.5.7.3", "Delivery of Virtualization Exceptions"),
        SelfIpi = new("3C", "30.1.5", "Self-IPI Virtualization"),
        Posting = new("3C", "30.1.6", "IPI Virtualization"),
        VirtualDelivery = new("3C", "30.2.2", "Virtual-Interrupt Delivery"),
        HostChecks = new("3C", "27.2", "Checks on VMX Controls and Host-State Area"),
        GuestChecks = new("3C", "27.3", "Checking and Loading Guest State"),
        MsrLoading = new("3C", "27.4", "Loading MSRs"),
        Entries = new("3C", "27.3.2", "Loading Guest State"),
        Exits = new("3C", "28.2", "Recording VM-Exit Information and Updating VM-Entry Control Fields");

    /// <summary>An EPT violation was examined.</summary>
    public static void Violation(Processor p, in ViolationConditions conditions, ViolationOutcome outcome, EptEntry deciding)
    {
        if (p.Computer.EventObserver is not { } observer) return;
        bool becomesVe = outcome == ViolationOutcome.VirtualizationException;
        string why = becomesVe ? "EPT violation becomes #VE" : $"EPT violation: VM exit, {Reason(conditions)}";
        Report(observer, p, EventStepKind.Converted, Event.Exception(ExceptionVector.Virtualization), why, deciding.Value, becomesVe ? Delivery : Convertible);
    }

    /// <summary>A VM entry is performed; the delivery of what it injects is to come.</summary>
    public static void Entry(Processor p)
    {
        p.Computer.VmxAccounts?.Enter(p);
        if (p.Computer.EventObserver is { } observer) Report(observer, p, EventStepKind.VmEntry, default, "guest state loaded", p.Rip, Entries);
    }

    /// <summary>A VM exit is performed: everything is in the VMCS.</summary>
    public static void Exit(Processor p, in VmExit exit)
    {
        p.Computer.VmxAccounts?.Exit(p, exit.Reason);
        if (p.Computer.EventObserver is { } observer) Report(observer, p, EventStepKind.VmExit, default, exit.Reason.ToString(), (ulong)exit.Reason, Exits);
    }

    /// <summary>A VM entry fails with VMfail: the words say which rule the VMCS breaks.</summary>
    public static void EntryFailed(Processor p, in EntryFailure failure)
    {
        if (p.Computer.EventObserver is { } observer) Report(observer, p, EventStepKind.EntryFailed, default, failure.Rule, (ulong)failure.Error, HostChecks);
    }

    /// <summary>A VM entry fails with a VM exit, on guest state or on the loading of MSRs.</summary>
    public static void EntryFailed(Processor p, ExitReason reason, string rule)
    {
        p.Computer.VmxAccounts?.FailEntry(p, reason);
        if (p.Computer.EventObserver is not { } observer) return;
        Report(observer, p, EventStepKind.EntryFailed, default, rule, (ulong)reason, reason == ExitReason.EntryFailureMsrLoading ? MsrLoading : GuestChecks);
    }

    /// <summary>A self-IPI was virtualized: the processor itself requests the interrupt in the virtual-APIC page.</summary>
    public static void Accepted(Processor p, byte vector)
    {
        if (p.Computer.EventObserver is { } observer)
            Report(observer, p, EventStepKind.Accepted, InterruptOf(vector), $"vector {vector} {ApicSteps.KindOf(vector)}: VIRR[{vector}] set, no VM exit", (ulong)p.Index, SelfIpi, vector);
    }

    /// <summary>An IPI was virtualized: the interrupt is in the posted-interrupt descriptor of a virtual APIC ID. If a notification is due, its sending follows.</summary>
    public static void Posted(Processor p, byte vector, uint target)
    {
        if (p.Computer.EventObserver is { } observer)
            Report(observer, p, EventStepKind.Posted, InterruptOf(vector), $"vector {vector} posted to virtual APIC ID {target:x}H, no VM exit", target, Posting, vector);
    }

    /// <summary>A virtual interrupt goes into service.</summary>
    public static void Acknowledged(Processor p, byte vector)
    {
        if (p.Computer.EventObserver is { } observer) Report(observer, p, EventStepKind.Acknowledged, InterruptOf(vector), "from VIRR to VISR", 0, VirtualDelivery);
    }

    private static Event InterruptOf(byte vector) => new(EventType.ExternalInterrupt, vector, Source: EventSource.InterProcessorInterrupt);

    private static string Reason(in ViolationConditions conditions)
    {
        if (!conditions.EptViolationVe) return "'EPT-violation #VE' is 0";
        if (conditions.SuppressVe) return "bit 63 suppresses #VE";
        if (!conditions.ProtectionEnabled) return "CR0.PE is 0";
        return conditions.Delivering ? "an event is being delivered" : "the information area is busy";
    }

    private static void Report(IEventObserver observer, Processor p, EventStepKind kind, Event e, string why, ulong value, ManualReference manual, uint message = 0) =>
        observer.OnStep(new EventStep(kind, p.Index, p.Now, e, why, value, manual, message));
}
