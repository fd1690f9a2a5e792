using Vector20.Hypervisor.Check;
using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Vmx;
using Vector20.Proving.Questions;

namespace Vector20.Cli.Tracing;

/// <summary>
/// A trace in Perfetto's format. Each processor is at any time in one slice: of a VM's track in non-root operation, else of the host's. A tick of
/// the clock is a nanosecond.
/// </summary>
internal sealed class PerfettoTrace : ITrace
{
    private readonly PerfettoWriter _writer;
    private readonly Computer _computer;
    private readonly VmxAccounts _accounts;
    private readonly Tracks _tracks;
    private readonly IpiArrows _arrows;

    /// <summary>Where each processor's open slice is.</summary>
    private readonly ulong[] _open;

    /// <summary>An IPI waits here until all who accept it have done so: its event names the arrows to them.</summary>
    private readonly List<(EventStep Step, ulong Track, ulong Arrow)> _accepted = [];
    private (EventStep Step, ulong Track)? _sent;

    public PerfettoTrace(Stream stream, Computer computer, VmxAccounts accounts)
    {
        _writer = new PerfettoWriter(stream);
        _computer = computer;
        _accounts = accounts;
        _tracks = new Tracks(_writer, computer);
        _arrows = new IpiArrows(computer.Processors.Count);
        _open = new ulong[computer.Processors.Count];
        for (int i = 0; i < _open.Length; i++) Begin(i, _tracks.OfHost(i), computer.Now, "host", 0);
    }

    /// <inheritdoc/>
    public void OnStep(in EventStep step)
    {
        if (step.Kind == EventStepKind.Accepted && _sent is not null && step.Event.Source == EventSource.InterProcessorInterrupt)
        {
            _accepted.Add((step, _open[step.Processor], _arrows.Begin(step.Processor, step.Event)));
            return;
        }

        FlushIpi();
        switch (step.Kind)
        {
            case EventStepKind.Sent:
                _sent = (step, _open[step.Processor]);
                break;
            case EventStepKind.Accepted:
                Accepted(step, _open[step.Processor], 0);
                break;
            case EventStepKind.Delivered:
                Delivered(step);
                break;
            case EventStepKind.VmEntry:
                OnEntry(step);
                break;
            case EventStepKind.VmExit:
                OnExit(step);
                break;
            case EventStepKind.EntryFailed:
                Instant(step, $"VM entry failed: {step.Why}", 0, new Annotation("error", step.Value));
                break;
            case EventStepKind.Converted:
                Instant(step, step.Why, 0, new Annotation("entry", step.Value));
                break;
            case EventStepKind.Refused or EventStepKind.Shutdown or EventStepKind.Posted:
                Instant(step, step.Why, 0);
                break;
        }
    }

    /// <inheritdoc/>
    public void OnCheck(VeDump dump, bool kills)
    {
        FlushIpi();
        string name = kills ? "#VE check: the VM is killed" : "#VE check: fired";
        _writer.Add(PerfettoWriter.Kind.Instant, _open[dump.Vcpu], _computer.Now, name, [], 0, new Annotation("why", 0, CheckText.Of(dump, kills)), new Annotation("guest_physical", dump.GuestPhysical));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        FlushIpi();
        foreach (ulong track in _open) _writer.Add(PerfettoWriter.Kind.End, track, _computer.Now, null, [], 0);
    }

    private static string NameOf(Event e) => e.Type switch
    {
        EventType.ExternalInterrupt => $"interrupt {e.Vector}",
        EventType.Nmi => "NMI",
        EventType.SoftwareInterrupt => $"INT {e.Vector}",
        _ => e.Vector == (byte)ExceptionVector.Virtualization ? "#VE" : KvmNames.Of((ExceptionVector)e.Vector),
    };

    private void OnEntry(in EventStep step)
    {
        GuestAccount guest = _accounts.LastGuest(step.Processor)!;
        End(step.Processor, step.Time, "");
        GuestIdentity identity = guest.Identity.GetValueOrDefault();
        Begin(step.Processor, _tracks.OfGuest(guest, step.Processor), step.Time, "guest", 0,
            new Annotation("vcpu", (ulong)guest.Number), new Annotation("rip", step.Value), new Annotation("vmcs", identity.Vmcs), new Annotation("vpid", identity.Vpid));
    }

    private void OnExit(in EventStep step)
    {
        Vmcs vmcs = _computer.Processors[step.Processor].Vmx.Vmcs;
        string reason = KvmNames.Of((ExitReason)step.Value);
        End(step.Processor, step.Time, reason);
        Begin(step.Processor, _tracks.OfHost(step.Processor), step.Time, reason, ArrowTo(step, vmcs),
            new Annotation("rip", vmcs[VmcsField.GuestRip]), new Annotation("qualification", vmcs[VmcsField.ExitQualification]),
            new Annotation("guest_physical", vmcs[VmcsField.GuestPhysicalAddress]), new Annotation("interruption", vmcs[VmcsField.VmExitInterruptionInformation]));
    }

    /// <summary>An exit that acknowledges an IPI, or is an NMI, is where a host in machine code gets it.</summary>
    private ulong ArrowTo(in EventStep step, Vmcs vmcs)
    {
        var interrupt = new InterruptionInformation((uint)vmcs[VmcsField.VmExitInterruptionInformation]);
        return interrupt.Valid && _computer.Processors[step.Processor].Vmx.On ? _arrows.End(step.Processor, interrupt.Type, interrupt.Vector) : 0;
    }

    /// <summary>The arrow of an IPI ends at its delivery. Interrupts that a host in machine code gives its guest are not the silicon's.</summary>
    private void Delivered(in EventStep step)
    {
        bool isVirtual = _accounts.IsInGuest(step.Processor) && _computer.Processors[step.Processor].Vmx.On;
        ulong arrow = isVirtual ? 0 : _arrows.End(step.Processor, step.Event.Type, step.Event.Vector);
        Instant(step, NameOf(step.Event), arrow, new Annotation("vector", step.Event.Vector), new Annotation("source", 0, Names.Of(step.Event.Source)),
            new Annotation("error_code", step.Event.ErrorCode), new Annotation("handler", step.Value));
    }

    private void Accepted(in EventStep step, ulong track, ulong arrow)
    {
        var message = new InterruptCommand(step.Message);
        string name = message.Mode is DeliveryMode.Fixed or DeliveryMode.LowestPriority ? $"accepts {message.Vector}" : $"accepts {KvmNames.Of(message.Mode)}";
        ReadOnlySpan<ulong> arrows = arrow == 0 ? [] : [arrow];
        _writer.Add(PerfettoWriter.Kind.Instant, track, step.Time, name, arrows, 0, new Annotation("vector", message.Vector), new Annotation("source", 0, Names.Of(step.Event.Source)));
    }

    /// <summary>Writes the IPI that waits, with an arrow to each who accepted it, and these.</summary>
    private void FlushIpi()
    {
        if (_sent is not var (step, track)) return;
        _sent = null;
        var command = new InterruptCommand(step.Message);
        ulong[] arrows = [.. _accepted.Select(accepted => accepted.Arrow)];
        _writer.Add(PerfettoWriter.Kind.Instant, track, step.Time, $"IPI {KvmNames.Of(command.Mode)} {command.Vector}", arrows, 0,
            new Annotation("vector", command.Vector), new Annotation("destination", step.Value), new Annotation("shorthand", 0, KvmNames.Of(command.Shorthand)));
        foreach ((EventStep accepted, ulong to, ulong arrow) in _accepted) Accepted(accepted, to, arrow);
        _accepted.Clear();
    }

    private void Instant(in EventStep step, string name, ulong arrow, params ReadOnlySpan<Annotation> annotations) =>
        _writer.Add(PerfettoWriter.Kind.Instant, _open[step.Processor], step.Time, name, [], arrow, annotations);

    private void Begin(int processor, ulong track, ulong time, string name, ulong arrow, params ReadOnlySpan<Annotation> annotations)
    {
        _open[processor] = track;
        _writer.Add(PerfettoWriter.Kind.Begin, track, time, name, [], arrow, annotations);
    }

    private void End(int processor, ulong time, string reason)
    {
        if (reason.Length == 0) _writer.Add(PerfettoWriter.Kind.End, _open[processor], time, null, [], 0);
        else _writer.Add(PerfettoWriter.Kind.End, _open[processor], time, null, [], 0, new Annotation("exit", 0, reason));
    }
}
