using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Vmx;
using Vector20.Proving.Answers;

namespace Vector20.Proving.Asking;

/// <summary>The machine's steps in a reader's words.</summary>
internal static class Wording
{
    /// <summary>One step.</summary>
    public static Step Of(in EventStep step) => step.Kind switch
    {
        EventStepKind.Raised => new(ActorOf(step.Event), $"{step.Why} {step.Event.Vector}", Raised(step), step.Manual),
        EventStepKind.Accepted => new("local APIC", Validity(step.Event.Vector), $"IRR[{step.Event.Vector}] set at APIC {step.Value}", step.Manual),
        EventStepKind.Refused => new("local APIC", step.Why, $"ESR <- 0x{step.Value:x} ({(ErrorStatus)step.Value})", step.Manual),
        EventStepKind.Acknowledged => new("local APIC", $"vector {step.Event.Vector} acknowledged", step.Why, step.Manual),
        EventStepKind.Classified => new("processor", $"vector {step.Event.Vector} met in delivery", step.Why, step.Manual),
        EventStepKind.NotIntercepted => new("intercept", "no VM exit", step.Why, step.Manual),
        EventStepKind.Intercepted => new("intercept", "VM exit", step.Why, step.Manual),
        EventStepKind.Converted => new("EPT", step.Why, $"the entry that decides is 0x{step.Value:x16}", step.Manual),
        EventStepKind.Delivered => new("delivery", $"{Name(step.Event)} delivered", $"{step.Why}, handler at RIP 0x{step.Value:x16}", step.Manual),
        EventStepKind.VmExit => new("processor", $"VM exit {step.Value} on processor {step.Processor}", ((ExitReason)step.Value).ToString(), step.Manual),
        EventStepKind.VmEntry => new("processor", $"VM entry on processor {step.Processor}", step.Why, step.Manual),
        _ => new("processor", "shutdown", step.Why, step.Manual),
    };

    /// <summary>A vector as the local APIC sees it.</summary>
    public static string Validity(byte vector) => vector switch
    {
        < Acceptance.FirstLegalVector => $"vector {vector} accepted although illegal",
        < 32 => $"vector {vector} is reserved but valid",
        _ => $"vector {vector} is valid",
    };

    /// <summary>An event by type and vector.</summary>
    public static string Name(in Event e) => e.Type switch
    {
        EventType.ExternalInterrupt => $"external interrupt {e.Vector}",
        EventType.Nmi => "NMI",
        EventType.SoftwareInterrupt => $"INT {e.Vector}",
        _ => $"exception {e.Vector} ({(ExceptionVector)e.Vector})",
    };

    private static string Raised(in EventStep step) =>
        (step.Event.HasErrorCode ? $"error code 0x{step.Event.ErrorCode:x}, " : "") + $"at RIP 0x{step.Value:x16}";

    private static string ActorOf(in Event e) => e.Source switch
    {
        EventSource.Instruction => "guest",
        EventSource.InterProcessorInterrupt or EventSource.LocalVectorTable or EventSource.Device => "delivery",
        EventSource.Injection => "VM entry",
        EventSource.EptViolation => "EPT",
        _ => "processor",
    };
}
