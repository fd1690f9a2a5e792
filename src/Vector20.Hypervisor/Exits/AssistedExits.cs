using Vector20.Machine;
using Vector20.Machine.Memory;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Exits;

/// <summary>
/// Instructions that reach what the hypervisor emulates by their memory operand or over and over: the guest executes them
/// itself, for one step, with that access handed to the hypervisor or the intercept lifted. So there is one semantics of every instruction.
/// </summary>
internal static class AssistedExits
{
    /// <summary>The instruction at RIP accesses a page without memory, or writes read-only memory.</summary>
    public static void Mmio(Vcpu v, GuestPhysicalAddress guest)
    {
        if (v.Interrupted is { } e)
            v.Vm.End(VmState.Failed, $"the delivery of vector {e.Vector} needs {guest}, where there is no memory that allows it");
        else if (IsFetch(v))
            v.Vm.End(VmState.Failed, $"the guest fetches an instruction from {guest}, where there is no memory");
        else
            v.Processor.Vmx.Assist(guest.Value, v);
    }

    /// <summary>INS or OUTS, perhaps with REP: one iteration with the ports open, and a trap after it.</summary>
    [Manual("3C", "26.5.2", "Monitor Trap Flag")]
    public static void StringIo(Vcpu v) => SetStep(v, true);

    /// <summary>The step is over: the ports are closed again.</summary>
    public static void EndStep(Vcpu v) => SetStep(v, false);

    /// <summary>A task switch always exits; the hypervisor has nothing to add, so the processor does it when it comes round again.</summary>
    [Manual("3C", "26.4.2", "Treatment of Task Switches")]
    public static void TaskSwitch(Vcpu v) => v.Processor.Vmx.TaskSwitchLifted = true;

    private static void SetStep(Vcpu v, bool on)
    {
        const ulong Step = (ulong)ProcessorBasedControls.MonitorTrapFlag, Ports = (ulong)ProcessorBasedControls.UnconditionalIoExiting;
        ulong controls = v.Vmcs[VmcsField.ProcessorBasedControls] & ~(Step | Ports);
        v.Vmcs[VmcsField.ProcessorBasedControls] = controls | (on ? Step : Ports);
    }

    private static bool IsFetch(Vcpu v) =>
        (ExitReason)(ushort)v.Vmcs[VmcsField.ExitReason] == ExitReason.EptViolation && (v.Vmcs[VmcsField.ExitQualification] & 4) != 0;
}
