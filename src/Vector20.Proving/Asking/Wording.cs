using Vector20.Hypervisor.Mmu;
using Vector20.Machine.Events;
using Vector20.Proving.Answers;

namespace Vector20.Proving.Asking;

/// <summary>The machine's steps in a reader's words.</summary>
internal static class Wording
{
    /// <summary>One step.</summary>
    public static Step Of(in EventStep step) => step.Kind switch
    {
        EventStepKind.Raised => new(ActorOf(step.Event), $"{step.Why} {step.Event.Vector}", Raised(step), step.Manual),
        EventStepKind.Accepted => Apic(step),
        EventStepKind.Refused => Apic(step),
        EventStepKind.Posted => new("processor", "IPI virtualized", step.Why, step.Manual),
        EventStepKind.Acknowledged => new("local APIC", $"vector {step.Event.Vector} acknowledged", step.Why, step.Manual),
        EventStepKind.Classified => new("processor", $"vector {step.Event.Vector} met in delivery", step.Why, step.Manual),
        EventStepKind.NotIntercepted => new("intercept", "no VM exit", step.Why, step.Manual),
        EventStepKind.Intercepted => new("intercept", "VM exit", step.Why, step.Manual),
        EventStepKind.Converted => new("EPT", step.Why, $"the entry that decides is 0x{step.Value:x16}", step.Manual),
        EventStepKind.Delivered => new("delivery", $"{Name(step.Event)} delivered", $"{step.Why}, handler at RIP 0x{step.Value:x16}", step.Manual),
        EventStepKind.VmExit => new("processor", "VM exit", $"reason {step.Value}: {step.Why}{On(step)}", step.Manual),
        EventStepKind.VmEntry => new("processor", "VM entry", step.Why + On(step), step.Manual),
        EventStepKind.EntryFailed => new("processor", "VM entry refused", step.Why, step.Manual),
        _ => new("processor", "shutdown", step.Why, step.Manual),
    };

    /// <summary>A write of an EPT entry.</summary>
    public static Step Of(in EntryWrite write)
    {
        string state = write.State is { } named ? Questions.Names.Of(named) : "by force";
        return new("EPT entry", $"level {write.Location.Level} of {write.Location.Base}: {state}", $"0x{write.Old:x16} -> 0x{write.New:x16}");
    }

    /// <summary>An event by type and vector.</summary>
    public static string Name(Event e) => e.Type switch
    {
        EventType.ExternalInterrupt => $"external interrupt {e.Vector}",
        EventType.Nmi => "NMI",
        EventType.SoftwareInterrupt => $"INT {e.Vector}",
        _ => $"exception {e.Vector} ({(ExceptionVector)e.Vector})",
    };

    /// <summary>The APIC says what and, after a colon, with which consequence.</summary>
    private static Step Apic(in EventStep step)
    {
        int colon = step.Why.IndexOf(": ", StringComparison.Ordinal);
        (string action, string detail) = colon < 0 ? (step.Why, "") : (step.Why[..colon], step.Why[(colon + 2)..]);
        return new Step($"local APIC {step.Processor}", action, detail, step.Manual);
    }

    private static string On(in EventStep step) => step.Processor == 0 ? "" : $", on processor {step.Processor}";

    private static string Raised(in EventStep step) =>
        (step.Event.HasErrorCode ? $"error code 0x{step.Event.ErrorCode:x}, " : "") + $"at RIP 0x{step.Value:x16}";

    private static string ActorOf(Event e) => e.Source switch
    {
        EventSource.Instruction => "guest",
        EventSource.InterProcessorInterrupt or EventSource.LocalVectorTable or EventSource.Device => "delivery",
        EventSource.Injection => "VM entry",
        EventSource.EptViolation => "EPT",
        _ => "processor",
    };
}
