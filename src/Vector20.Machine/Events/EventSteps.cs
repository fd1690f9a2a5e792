using System.Runtime.CompilerServices;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Events;

/// <summary>The steps of the pipeline in words, for whoever observes a computer's events.</summary>
internal static class EventSteps
{
    private static readonly ManualReference Sources = new("3A", "6.2", "Exception and Interrupt Vectors"),
        External = new("3A", "6.3.1", "External Interrupts"),
        Software = new("3A", "6.3.3", "Software-Generated Interrupts"),
        DoubleFault = new("3A", "6.15", "Interrupt 8 - Double Fault Exception (#DF)"),
        ExitCauses = new("3C", "26.2", "Other Causes of VM Exits"),
        Bitmap = new("3C", "25.6.3", "Exception Bitmap"),
        Injection = new("3C", "27.6.1.2", "VM Exits During Event Injection"),
        RealMode = new("3B", "21.1.4", "Interrupt and Exception Handling"),
        ProtectedMode = new("3A", "6.12.1", "Exception- or Interrupt-Handler Procedures"),
        LongMode = new("3A", "6.14", "Exception and Interrupt Handling in 64-bit Mode");

    /// <summary>An event enters the pipeline.</summary>
    public static void Raised(Processor p, Event e)
    {
        if (p.Computer.EventObserver is { } observer) ReportRaised(observer, p, e);
    }

    /// <summary>VMX was asked about it.</summary>
    public static void Intercepted(Processor p, Event e, InterceptionRule rule)
    {
        if (p.Computer.EventObserver is not { } observer) return;
        bool exits = Interception.Exits(rule);
        (string why, ManualReference manual) = Describe(rule);
        Report(observer, p, exits ? EventStepKind.Intercepted : EventStepKind.NotIntercepted, e, why, (ulong)rule, manual);
    }

    /// <summary>An exception was met during the delivery of another event.</summary>
    public static void Classified(Processor p, Event first, Event met, NestedOutcome outcome)
    {
        if (p.Computer.EventObserver is not { } observer) return;
        Report(observer, p, EventStepKind.Classified, met, Describe(Classification.Of(first), Classification.Of(met), outcome), (ulong)outcome, DoubleFault);
    }

    /// <summary>The handler runs.</summary>
    public static void Delivered(Processor p, Event e)
    {
        if (p.Computer.EventObserver is { } observer) ReportDelivered(observer, p, e);
    }

    /// <summary>A triple fault.</summary>
    public static void Shutdown(Processor p)
    {
        if (p.Computer.EventObserver is { } observer) Report(observer, p, EventStepKind.Shutdown, Event.DoubleFault, "triple fault", 0, DoubleFault);
    }

    /// <summary>An interrupt left the interrupt controller for its processor.</summary>
    public static void Acknowledged(Processor p, Event e)
    {
        if (p.Computer.EventObserver is { } observer) Report(observer, p, EventStepKind.Acknowledged, e, "from IRR to ISR", 0, new ManualReference("3A", "11.8.4", "Interrupt Acceptance for Fixed Interrupts"));
    }

    /// <summary>Out of line, for what holds references costs a caller the clearing of its frame, whether or not anybody observes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ReportRaised(IEventObserver observer, Processor p, Event e) =>
        Report(observer, p, EventStepKind.Raised, e, Describe(e.Type), p.Rip, ReferenceOf(e.Type));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ReportDelivered(IEventObserver observer, Processor p, Event e) =>
        Report(observer, p, EventStepKind.Delivered, e, DescribeTable(p), p.Rip, ReferenceOfTable(p));

    private static ManualReference ReferenceOf(EventType type) => type switch
    {
        EventType.ExternalInterrupt => External,
        EventType.SoftwareInterrupt => Software,
        _ => Sources,
    };

    private static string DescribeTable(Processor p) =>
        p.LongMode ? "through the guest's IDT, 16-byte gate" : p.Protected ? "through the guest's IDT" : "through the interrupt vector table";

    private static ManualReference ReferenceOfTable(Processor p) => p.LongMode ? LongMode : p.Protected ? ProtectedMode : RealMode;

    private static string Describe(EventType type) => type switch
    {
        EventType.ExternalInterrupt => "external interrupt",
        EventType.Nmi => "NMI",
        EventType.HardwareException => "hardware exception",
        EventType.SoftwareInterrupt => "software interrupt",
        EventType.PrivilegedSoftwareException => "privileged software exception",
        EventType.SoftwareException => "software exception",
        _ => "other event",
    };

    private static (string Why, ManualReference Manual) Describe(InterceptionRule rule) => rule switch
    {
        InterceptionRule.Injected => ("injected by VM entry, never intercepted", Injection),
        InterceptionRule.ExternalInterrupt => ("exception bitmap not consulted: an external interrupt", ExitCauses),
        InterceptionRule.SoftwareInterrupt => ("exception bitmap not consulted: a software interrupt", ExitCauses),
        InterceptionRule.NmiExitingOff => ("'NMI exiting' is 0", ExitCauses),
        InterceptionRule.NmiExitingOn => ("'NMI exiting' is 1", ExitCauses),
        InterceptionRule.BitClear => ("its bit in the exception bitmap is 0", Bitmap),
        InterceptionRule.BitSet => ("its bit in the exception bitmap is 1", Bitmap),
        InterceptionRule.PageFaultLetThrough => ("page-fault error code does not match, bit 14 is 1", Bitmap),
        InterceptionRule.PageFaultIntercepted => ("page-fault error code does not match, bit 14 is 0", Bitmap),
        _ => ("hardware fault: the exception bitmap is consulted for what is no exception", ExitCauses),
    };

    private static string Describe(ExceptionClass first, ExceptionClass second, NestedOutcome outcome) => outcome switch
    {
        NestedOutcome.DoubleFault => $"{Describe(second)} during the delivery of {Describe(first)}: double fault",
        NestedOutcome.TripleFault => $"{Describe(second)} during the delivery of a double fault: shutdown",
        _ => $"{Describe(second)} during the delivery of {Describe(first)}: handled serially",
    };

    private static string Describe(ExceptionClass one) => one switch
    {
        ExceptionClass.Contributory => "a contributory exception",
        ExceptionClass.PageFault => "a page fault (or #VE)",
        ExceptionClass.DoubleFault => "a double fault",
        _ => "a benign event",
    };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Report(IEventObserver observer, Processor p, EventStepKind kind, Event e, string why, ulong value, ManualReference manual) =>
        observer.OnStep(new EventStep(kind, p.Index, p.Now, e, why, value, manual));
}
