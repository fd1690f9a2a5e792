using Vector20.Machine.Events;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor;

/// <summary>What the host does to a vCPU on its own account: which exceptions exit, and exceptions that it injects.</summary>
public static class HostEvents
{
    /// <summary>
    /// Has every exception exit, as a debugger of the guest may want it, or only those that the hypervisor needs. Bit 20 stays the check's. It takes
    /// effect at the next VM entry, for which the vCPU leaves the guest.
    /// </summary>
    public static void SetBitmap(Vcpu v, bool all)
    {
        const uint Ve = 1u << (int)ExceptionVector.Virtualization;
        uint own = VmcsControls.ExceptionBitmap(v.Vm.Options);
        v.Vmcs[VmcsField.ExceptionBitmap] = all ? ~Ve | own & Ve : own;
        v.Vm.Kick(v);
    }

    /// <summary>Queues an exception for the guest, as a VMM that restores or emulates one does. #VE is none that a hypervisor injects into a guest that is no TD.</summary>
    public static void Inject(Vcpu v, byte vector)
    {
        if (vector == (byte)ExceptionVector.Virtualization) throw new ArgumentException("#VE is not injected", nameof(vector));
        bool hasCode = (ExceptionVector)vector is ExceptionVector.DoubleFault or ExceptionVector.InvalidTss or ExceptionVector.SegmentNotPresent or ExceptionVector.StackFault
            or ExceptionVector.GeneralProtection or ExceptionVector.PageFault or ExceptionVector.AlignmentCheck;
        var exception = (ExceptionVector)vector;
        Event e = hasCode ? Event.Exception(exception, 0) : Event.Exception(exception);
        if (!MayInject(v)) return;
        Apic.Injection.Queue(v, e with { Source = EventSource.Injection });
        v.Vm.Kick(v);
    }

    /// <summary>Whether nothing is queued for the vCPU already.</summary>
    public static bool MayInject(Vcpu v) => v.Exception is null && v.Interrupted is null;
}
