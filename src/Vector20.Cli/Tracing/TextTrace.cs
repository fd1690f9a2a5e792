using System.Globalization;
using Vector20.Hypervisor.Check;
using Vector20.Machine;
using Vector20.Machine.Events;
using Vector20.Machine.Vmx;
using Vector20.Proving.Questions;

namespace Vector20.Cli.Tracing;

/// <summary>
/// A trace as lines of the Linux kernel's tracing (trace_print_context in kernel/trace/trace_output.c): task and process ID, processor, flags,
/// time, name of the event, what it says. What KVM has no event for has a name that begins with vector20_.
/// </summary>
internal sealed class TextTrace : ITrace
{
    private const ulong TicksPerSecond = 1_000_000_000;
    private const string InterruptsOff = "d....", NoFlags = ".....";

    private readonly StreamWriter _writer;
    private readonly Computer _computer;
    private readonly VmxAccounts _accounts;

    public TextTrace(Stream stream, Computer computer, VmxAccounts accounts)
    {
        _writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        _computer = computer;
        _accounts = accounts;
        _writer.WriteLine("# tracer: nop");
        _writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"# Vector20: a tick of the clock is printed as a nanosecond   #P:{computer.Processors.Count}"));
        _writer.WriteLine("#           TASK-PID     CPU#  FLAGS  TIMESTAMP  FUNCTION");
    }

    /// <inheritdoc/>
    public void OnStep(in EventStep step)
    {
        switch (step.Kind)
        {
            case EventStepKind.Sent:
                Write(step, "kvm_apic_ipi", KvmText.Ipi(step));
                break;
            case EventStepKind.Accepted:
                Write(step, "kvm_apic_accept_irq", KvmText.Accept(step));
                break;
            case EventStepKind.Posted:
                Write(step, "vector20_post_ipi", step.Why);
                break;
            case EventStepKind.Refused:
                Write(step, "vector20_apic_refuse", step.Why);
                break;
            case EventStepKind.Delivered:
                Write(step, "vector20_deliver", Delivered(step));
                break;
            case EventStepKind.Converted:
                Write(step, "vector20_ept_violation", $"{step.Why}, entry 0x{step.Value:x}");
                break;
            case EventStepKind.VmEntry:
                OnEntry(step);
                break;
            case EventStepKind.VmExit:
                OnExit(step);
                break;
            case EventStepKind.EntryFailed:
                OnEntryFailed(step);
                break;
            case EventStepKind.Shutdown:
                Write(step, "vector20_shutdown", step.Why);
                break;
        }
    }

    /// <inheritdoc/>
    public void OnCheck(VeDump dump, bool kills) => Write(_computer.Now, dump.Vcpu, _accounts.LastGuest(dump.Vcpu), InterruptsOff, "vector20_ve_check", CheckText.Of(dump, kills));

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private Vmcs VmcsOf(in EventStep step) => _computer.Processors[step.Processor].Vmx.Vmcs;

    private int NumberOf(in EventStep step) => _accounts.LastGuest(step.Processor)!.Number;

    /// <summary>The kernel says what it injects before it enters.</summary>
    private void OnEntry(in EventStep step)
    {
        Vmcs vmcs = VmcsOf(step);
        var injected = new EntryInterruptionInformation((uint)vmcs[VmcsField.VmEntryInterruptionInformation]);
        bool again = KvmText.IsAgain(vmcs, injected);
        if (injected.Valid) OnInjection(step, injected, (uint)vmcs[VmcsField.VmEntryExceptionErrorCode], again);
        WriteOfGuest(step, "kvm_entry", KvmText.Entry(NumberOf(step), step.Value));
    }

    private void OnInjection(in EventStep step, EntryInterruptionInformation injected, uint errorCode, bool again)
    {
        switch (injected.Type)
        {
            case EventType.ExternalInterrupt or EventType.SoftwareInterrupt:
                WriteOfGuest(step, "kvm_inj_virq", KvmText.Interrupt(injected, again));
                break;
            case EventType.HardwareException or EventType.SoftwareException or EventType.PrivilegedSoftwareException:
                WriteOfGuest(step, "kvm_inj_exception", KvmText.Exception(injected, errorCode, again));
                break;
            case EventType.Nmi:
                WriteOfGuest(step, "vector20_inj_nmi", string.Create(CultureInfo.InvariantCulture, $"vcpu {NumberOf(step)}"));
                break;
        }
    }

    private void OnExit(in EventStep step)
    {
        WriteOfGuest(step, "kvm_exit", KvmText.Exit(NumberOf(step), VmcsOf(step)));
        if (step.Value == (ulong)ExitReason.EptViolation) WriteOfGuest(step, "kvm_page_fault", KvmText.PageFault(NumberOf(step), VmcsOf(step)));
    }

    /// <summary>A VMfail is no exit. Any other failure is an entry and an exit.</summary>
    private void OnEntryFailed(in EventStep step)
    {
        Write(step, "vector20_entry_failed", step.Why);
        if (step.Value is not ((ulong)ExitReason.EntryFailureInvalidGuestState or (ulong)ExitReason.EntryFailureMsrLoading)) return;
        WriteOfGuest(step, "kvm_entry", KvmText.Entry(NumberOf(step), VmcsOf(step)[VmcsField.GuestRip]));
        WriteOfGuest(step, "kvm_exit", KvmText.Exit(NumberOf(step), VmcsOf(step)));
    }

    private static string Delivered(in EventStep step)
    {
        string error = step.Event.HasErrorCode ? $" error_code 0x{step.Event.ErrorCode:x}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"vec {step.Event.Vector} ({Names.Of(step.Event.Type)}|{Names.Of(step.Event.Source)}){error} handler 0x{step.Value:x}");
    }

    private void Write(in EventStep step, string name, string text) =>
        Write(step.Time, step.Processor, _accounts.IsInGuest(step.Processor) ? _accounts.LastGuest(step.Processor) : null, NoFlags, name, text);

    /// <summary>An entry, an exit, and what belongs to them: there the kernel has interrupts off.</summary>
    private void WriteOfGuest(in EventStep step, string name, string text) =>
        Write(step.Time, step.Processor, _accounts.LastGuest(step.Processor), InterruptsOff, name, text);

    private void Write(ulong time, int processor, GuestAccount? guest, string flags, string name, string text)
    {
        string task = guest is null ? "host" : string.Create(CultureInfo.InvariantCulture, $"vcpu{guest.Number}");
        int id = guest is null ? 0 : guest.Number + 1;
        (ulong seconds, ulong ticks) = Math.DivRem(time, TicksPerSecond);
        _writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{task,16}-{id,-7} [{processor:d3}] {flags} {seconds,5}.{ticks:d9}: {name}: {text}"));
    }
}
