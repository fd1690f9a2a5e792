using System.Globalization;
using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Vmx;

namespace Vector20.Cli.Tracing;

/// <summary>
/// What KVM's trace events say of themselves, after their names: the formats of TP_printk in arch/x86/kvm/trace.h of Linux 6.12. In
/// kvm_exit info1 is the exit qualification and info2 the IDT-vectoring information, as vmx_get_exit_info has them.
/// </summary>
internal static class KvmText
{
    private const uint FailedEntry = 1u << 31, EventBits = 0x7FF;

    /// <summary>kvm_entry.</summary>
    public static string Entry(int vcpu, ulong rip) => Text($"vcpu {vcpu}, rip 0x{rip:x}");

    /// <summary>kvm_exit.</summary>
    public static string Exit(int vcpu, Vmcs vmcs)
    {
        ulong reason = vmcs[VmcsField.ExitReason], info1 = vmcs[VmcsField.ExitQualification], rip = vmcs[VmcsField.GuestRip];
        bool failed = (reason & FailedEntry) != 0;
        ulong info2 = failed ? 0 : vmcs[VmcsField.IdtVectoringInformation];
        var interruption = new InterruptionInformation(failed ? 0 : (uint)vmcs[VmcsField.VmExitInterruptionInformation]);
        uint error = interruption is { Valid: true, HasErrorCode: true } ? (uint)vmcs[VmcsField.VmExitInterruptionErrorCode] : 0;
        string name = KvmNames.Of((ExitReason)(ushort)reason) + (failed ? " FAILED_VMENTRY" : "");
        return Text($"vcpu {vcpu} reason {name} rip 0x{rip:x} info1 0x{info1:x16} info2 0x{info2:x16} intr_info 0x{interruption.Value:x8} error_code 0x{error:x8}");
    }

    /// <summary>kvm_page_fault, which follows kvm_exit for an EPT violation.</summary>
    public static string PageFault(int vcpu, Vmcs vmcs) =>
        Text($"vcpu {vcpu} rip 0x{vmcs[VmcsField.GuestRip]:x} address 0x{vmcs[VmcsField.GuestPhysicalAddress]:x16} error_code 0x{vmcs[VmcsField.ExitQualification]:x}");

    /// <summary>kvm_inj_virq.</summary>
    public static string Interrupt(EntryInterruptionInformation injected, bool again) =>
        Text($"{(injected.Type == EventType.SoftwareInterrupt ? "Soft/INTn" : "IRQ")} 0x{injected.Vector:x}{Again(again)}");

    /// <summary>kvm_inj_exception.</summary>
    public static string Exception(EntryInterruptionInformation injected, uint errorCode, bool again) =>
        Text($"{KvmNames.Of((ExceptionVector)injected.Vector)}{(injected.DeliverErrorCode ? Text($" (0x{errorCode:x})") : "")}{Again(again)}");

    /// <summary>kvm_apic_ipi.</summary>
    public static string Ipi(in EventStep step)
    {
        var command = new InterruptCommand(step.Message);
        string how = $"{(command.Logical ? "logical" : "physical")}|{(command.Assert ? "assert" : "de-assert")}|{Trigger(command)}|{KvmNames.Of(command.Shorthand)}";
        return Text($"dst {step.Value:x} vec {command.Vector} ({KvmNames.Of(command.Mode)}|{how})");
    }

    /// <summary>kvm_apic_accept_irq.</summary>
    public static string Accept(in EventStep step)
    {
        var command = new InterruptCommand(step.Message);
        return Text($"apicid {step.Value:x} vec {command.Vector} ({KvmNames.Of(command.Mode)}|{Trigger(command)})");
    }

    /// <summary>Whether an entry injects what the exit before it interrupted.</summary>
    public static bool IsAgain(Vmcs vmcs, EntryInterruptionInformation injected)
    {
        var interrupted = new InterruptionInformation((uint)vmcs[VmcsField.IdtVectoringInformation]);
        return interrupted.Valid && (interrupted.Value & EventBits) == (injected.Value & EventBits);
    }

    private static string Again(bool again) => again ? " [reinjected]" : "";

    private static string Trigger(InterruptCommand command) => command.LevelTriggered ? "level" : "edge";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
