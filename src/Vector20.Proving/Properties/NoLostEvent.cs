using Vector20.Hypervisor;
using Vector20.Hypervisor.Snapshots;
using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using Vector20.Proving.Actions;

namespace Vector20.Proving.Properties;

/// <summary>An event that was raised is delivered, taken by a VM exit, or pending; or a rule cancels it, which can be cited.</summary>
[Manual("3A", "11.8.4", "Interrupt Acceptance for Fixed Interrupts")]
[Manual("3C", "28.2.4", "Information for VM Exits During Event Delivery")]
public sealed class NoLostEvent : Property
{
    private readonly VectorSet[] _pending = new VectorSet[8];
    private readonly int[] _exception = new int[8];
    private readonly bool[] _nmi = new bool[8], _reset = new bool[8], _protected = new bool[8];

    /// <inheritdoc/>
    public override string Name => "no-lost-event";

    /// <inheritdoc/>
    public override string Claim => "an event that was raised is delivered, pending, or cancelled by a rule";

    /// <inheritdoc/>
    public override IReadOnlyList<Property> Guards { get; } =
    [
        new Seen("injected-again", "an event whose delivery an exit interrupted is injected", e => e is { Kind: EventStepKind.Delivered, Event: { Source: EventSource.Injection } }),
        new Seen("interrupt-delivered", "an interrupt is delivered", e => e is { Kind: EventStepKind.Delivered, Event.Type: EventType.ExternalInterrupt }),
    ];

    /// <inheritdoc/>
    public override void Before(Observation seen)
    {
        for (int i = 0; i < seen.Vm.Vcpus.Count; i++)
        {
            _pending[i] = PendingEvents.InterruptsOf(seen.Vm.Vcpus[i]);
            _exception[i] = PendingEvents.ExceptionOf(seen.Vm.Vcpus[i])?.Vector ?? (seen.Action is { Kind: ActionKind.Inject } inject && inject.Vcpu == i ? inject.Code : -1);
            _reset[i] = PendingEvents.WasReset(seen.Vm.Vcpus[i]);
            _protected[i] = !IsReal(seen, i);
            _nmi[i] = PendingEvents.HasNmi(seen.Vm.Vcpus[i]) || seen.Action is { Kind: ActionKind.Nmi } nmi && nmi.Vcpu == i;
        }
    }

    /// <inheritdoc/>
    public override string? Examine(Observation seen)
    {
        if (seen.Vm.State != VmState.Alive || seen.End != ActionEnd.Quiet) return null;
        for (int i = 0; i < seen.Vm.Vcpus.Count; i++)
        {
            if (Resets(seen, i)) continue;
            if (LostInDelivery(seen, i) is { } lost) return lost;
            if (LostInterrupt(seen, i) is { } interrupt) return interrupt;
            if (LostException(seen, i) is { } exception) return exception;
            if (seen.IsQuiet && PendingEvents.MustTakeInterrupt(seen.Vm.Vcpus[i])) return $"vCPU {i}: an interrupt waits that nothing masks, and the vCPU does nothing";
            if ((_nmi[i] || NmiAccepted(seen, i)) && !PendingEvents.HasNmi(seen.Vm.Vcpus[i]) && !WasDelivered(seen.Events, i, EventType.Nmi, (byte)ExceptionVector.Nmi)) return $"vCPU {i}: an NMI is neither delivered nor pending";
        }

        return null;
    }

    /// <inheritdoc/>
    public override Blame BlameFor(Observation seen) =>
        new("hypervisor", "an exit in the middle of a delivery reports the event as IDT-vectoring information; to inject it again is the hypervisor's duty (SDM 3C 28.2.4)");

    /// <summary>INIT clears the local APIC and whatever waits (SDM 3A 11.4.7.3, Local APIC State After an INIT Reset). A vCPU that INIT and start-up have both reached is in real mode.</summary>
    private bool Resets(Observation seen, int vcpu) =>
        _reset[vcpu] || PendingEvents.WasReset(seen.Vm.Vcpus[vcpu]) || seen.Computer.Processors[vcpu].Activity is ActivityState.WaitForSipi or ActivityState.Shutdown
        || _protected[vcpu] && IsReal(seen, vcpu);

    private static bool IsReal(Observation seen, int vcpu) => (seen.Computer.Processors[vcpu].Vmx.Vmcs[VmcsField.Cr0ReadShadow] & 1) == 0;

    /// <summary>Of each kind of event the last one that was raised must have come somewhere, or wait to be injected again.</summary>
    private static string? LostInDelivery(Observation seen, int vcpu)
    {
        Record<EventStep> events = seen.Events;
        Event? waits = PendingEvents.InDelivery(seen.Vm.Vcpus[vcpu]);
        for (int i = 0; i < events.Count; i++)
        {
            Event raised = events[i].Event;
            if (events[i].Kind != EventStepKind.Raised || events[i].Processor != vcpu || waits is { } e && IsSame(e, raised)) continue;
            bool arrived = false;
            for (int j = i + 1; j < events.Count && !arrived; j++)
                arrived = events[j].Processor == vcpu && Arrives(events[j], raised);
            if (!arrived) return $"vCPU {vcpu}: {Asking.Wording.Name(raised)} was raised and went nowhere";
        }

        return null;
    }

    private static bool Arrives(in EventStep later, Event raised) => later.Kind switch
    {
        EventStepKind.Classified or EventStepKind.Shutdown => true,
        EventStepKind.Intercepted => later.Event.Vector == raised.Vector,
        EventStepKind.Delivered or EventStepKind.Raised => IsSame(later.Event, raised),
        _ => false,
    };

    private static bool IsSame(Event one, Event other) => one.Vector == other.Vector && one.Type == other.Type;

    /// <summary>An exception that was queued is delivered, makes a double fault, exits, or waits still.</summary>
    private string? LostException(Observation seen, int vcpu)
    {
        int vector = _exception[vcpu];
        if (vector < 0 || PendingEvents.ExceptionOf(seen.Vm.Vcpus[vcpu])?.Vector == vector || PendingEvents.InDelivery(seen.Vm.Vcpus[vcpu])?.Vector == vector) return null;
        foreach (EventStep step in seen.Events)
            if (step.Processor == vcpu && step.Event.Vector == vector && step.Kind is EventStepKind.Delivered or EventStepKind.Classified or EventStepKind.Raised) return null;
        return $"vCPU {vcpu}: exception {vector} was queued, and is neither delivered nor pending";
    }

    private static bool NmiAccepted(Observation seen, int vcpu)
    {
        foreach (EventStep step in seen.Events)
            if (step is { Kind: EventStepKind.Accepted, Event.Type: EventType.Nmi } && (int)step.Value == vcpu) return true;
        return false;
    }

    private string? LostInterrupt(Observation seen, int vcpu)
    {
        VectorSet expected = _pending[vcpu], now = PendingEvents.InterruptsOf(seen.Vm.Vcpus[vcpu]);
        foreach (EventStep step in seen.Events)
            if (step is { Kind: EventStepKind.Accepted, Event.Type: EventType.ExternalInterrupt } && (int)step.Value == vcpu) expected.Set(step.Event.Vector, true);
        for (int part = 0; part < 4; part++)
        {
            ulong gone = expected[part] & ~now[part];
            for (; gone != 0; gone &= gone - 1)
            {
                var vector = (byte)(part * 64 + System.Numerics.BitOperations.TrailingZeroCount(gone));
                if (!WasDelivered(seen.Events, vcpu, EventType.ExternalInterrupt, vector)) return $"vCPU {vcpu}: the interrupt with vector {vector} is neither delivered nor pending";
            }
        }

        return null;
    }

    private static bool WasDelivered(IReadOnlyList<EventStep> events, int vcpu, EventType type, byte vector)
    {
        foreach (EventStep step in events)
            if (step.Kind == EventStepKind.Delivered && step.Processor == vcpu && step.Event.Type == type && step.Event.Vector == vector) return true;
        return false;
    }
}
