using Vector20.Hypervisor;
using Vector20.Hypervisor.Snapshots;
using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Processors;
using Vector20.Proving.Actions;

namespace Vector20.Proving.Properties;

/// <summary>An event that was raised is delivered, taken by a VM exit, or pending; or a rule cancels it, which can be cited.</summary>
[Manual("3A", "11.8.4", "Interrupt Acceptance for Fixed Interrupts")]
[Manual("3C", "28.2.4", "Information for VM Exits During Event Delivery")]
public sealed class NoLostEvent : Property
{
    private readonly VectorSet[] _pending = new VectorSet[8];
    private readonly bool[] _nmi = new bool[8];

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
            _nmi[i] = PendingEvents.HasNmi(seen.Vm.Vcpus[i]) || seen.Action is { Kind: ActionKind.Nmi } nmi && nmi.Vcpu == i;
        }
    }

    /// <inheritdoc/>
    public override string? Examine(Observation seen)
    {
        if (seen.Vm.State != VmState.Alive || seen.End != ActionEnd.Quiet || !seen.IsQuiet) return null;
        for (int i = 0; i < seen.Vm.Vcpus.Count; i++)
        {
            if (Resets(seen, i)) continue;
            if (LostInDelivery(seen.Events, i) is { } lost) return lost;
            if (LostInterrupt(seen, i) is { } interrupt) return interrupt;
            if (_nmi[i] && !PendingEvents.HasNmi(seen.Vm.Vcpus[i]) && !WasDelivered(seen.Events, i, EventType.Nmi, (byte)ExceptionVector.Nmi)) return $"vCPU {i}: an NMI is neither delivered nor pending";
        }

        return null;
    }

    /// <inheritdoc/>
    public override Blame BlameFor(Observation seen) =>
        new("hypervisor", "an exit in the middle of a delivery reports the event as IDT-vectoring information; to inject it again is the hypervisor's duty (SDM 3C 28.2.4)");

    /// <summary>INIT clears the local APIC and whatever waits (SDM 3A 11.4.7.3, Local APIC State After an INIT Reset).</summary>
    private static bool Resets(Observation seen, int vcpu) =>
        PendingEvents.WasReset(seen.Vm.Vcpus[vcpu]) || seen.Computer.Processors[vcpu].Activity is ActivityState.WaitForSipi or ActivityState.Shutdown;

    /// <summary>Of each kind of event the last one that was raised must have come somewhere.</summary>
    private static string? LostInDelivery(IReadOnlyList<EventStep> events, int vcpu)
    {
        for (int i = events.Count - 1; i >= 0; i--)
        {
            EventStep raised = events[i];
            if (raised.Kind != EventStepKind.Raised || raised.Processor != vcpu) continue;
            bool arrived = false;
            for (int j = i + 1; j < events.Count && !arrived; j++)
            {
                EventStep later = events[j];
                if (later.Processor != vcpu) continue;
                arrived = later.Kind is EventStepKind.Intercepted or EventStepKind.Classified or EventStepKind.Shutdown
                    || later.Kind == EventStepKind.Delivered && later.Event.Vector == raised.Event.Vector && later.Event.Type == raised.Event.Type
                    || later.Kind == EventStepKind.Raised && later.Event.Vector == raised.Event.Vector && later.Event.Type == raised.Event.Type;
            }

            if (!arrived) return $"vCPU {vcpu}: {Asking.Wording.Name(raised.Event)} was raised and went nowhere";
        }

        return null;
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
