namespace Vector20.Machine.Events;

/// <summary>What one step of an event's path is. <see cref="EventStep.Value"/> means what each says; 0 where it says nothing.</summary>
public enum EventStepKind : byte
{
    /// <summary>Raised, by an instruction, a message or a pin. Value: RIP of the instruction, or of the one it came before.</summary>
    Raised,

    /// <summary>A local APIC sent an inter-processor interrupt; whoever accepts it follows. Value: the destination.</summary>
    Sent,

    /// <summary>A local APIC accepted an interrupt: its bit of IRR is set. Value: the APIC's ID.</summary>
    Accepted,

    /// <summary>A local APIC refused a message or a register write. Value: ESR's new bits.</summary>
    Refused,

    /// <summary>A processor acknowledged an interrupt: from IRR to ISR.</summary>
    Acknowledged,

    /// <summary>Met while <see cref="EventStep.Event"/> was being delivered, and classified with it. Value: 0 handled in turn, 1 double fault, 2 triple fault.</summary>
    Classified,

    /// <summary>VMX lets it through to the guest's own table. Value: the control that decided.</summary>
    NotIntercepted,

    /// <summary>VMX takes it: a VM exit follows. Value: the control that decided.</summary>
    Intercepted,

    /// <summary>An EPT violation was examined for #VE. Value: the EPT entry that decided.</summary>
    Converted,

    /// <summary>Delivered through a table. Value: RIP of the handler.</summary>
    Delivered,

    /// <summary>A VM exit was performed: guest state and exit information are in the VMCS. Value: the exit reason.</summary>
    VmExit,

    /// <summary>A VM entry was performed; what it injects is in the VMCS, and its delivery follows. Value: guest RIP.</summary>
    VmEntry,

    /// <summary>A VM entry was refused: a check of the VMCS failed. Value: the VM-instruction error; for guest state the exit reason.</summary>
    EntryFailed,

    /// <summary>The processor shut down.</summary>
    Shutdown,

    /// <summary>IPI virtualization put an interrupt into a posted-interrupt descriptor. Value: the virtual APIC ID that chose it.</summary>
    Posted,
}

/// <summary>A section of the manual.</summary>
/// <param name="Volume">The volume, for instance "3A".</param>
/// <param name="Section">The section's number.</param>
/// <param name="Title">Its title.</param>
public readonly record struct ManualReference(string Volume, string Section, string Title)
{
    /// <inheritdoc/>
    public override string ToString() => $"SDM {Volume} {Section}";
}

/// <summary>One step of the path of one event.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Processor">To which processor.</param>
/// <param name="Time">When, in its ticks.</param>
/// <param name="Event">The event.</param>
/// <param name="Why">The reason in a few words, for people.</param>
/// <param name="Value">A number that belongs to the kind.</param>
/// <param name="Manual">The rule that decided.</param>
/// <param name="Message">Of messages sent and accepted: vector, delivery mode and trigger mode, where the low half of the ICR has them. Else 0.</param>
public readonly record struct EventStep(EventStepKind Kind, int Processor, ulong Time, Event Event, string Why, ulong Value, ManualReference Manual, uint Message = 0);

/// <summary>Sees every step of every event of a computer, as it happens: how a path is recorded.</summary>
public interface IEventObserver
{
    /// <summary>One step was taken. The observer changes nothing in the machine.</summary>
    void OnStep(in EventStep step);
}

/// <summary>An observer that keeps every step.</summary>
public sealed class EventRecorder : IEventObserver
{
    private readonly List<EventStep> _steps = [];

    /// <summary>The steps, oldest first.</summary>
    public IReadOnlyList<EventStep> Steps => _steps;

    /// <inheritdoc/>
    public void OnStep(in EventStep step) => _steps.Add(step);
}
