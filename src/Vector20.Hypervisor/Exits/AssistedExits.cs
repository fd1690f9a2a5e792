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
    /// <summary>The instruction at RIP accesses a page without memory, or writes read-only memory. The hypervisor serves operands, not fetches.</summary>
    public static void Mmio(Vcpu v, GuestPhysicalAddress guest)
    {
        ulong rip = v.Vmcs[VmcsField.GuestRip];
        if (v.Interrupted is { } e)
        {
            v.Vm.End(VmState.Failed, $"the delivery of vector {e.Vector} needs {guest}, where there is no memory that allows it");
        }
        else if (v.Assisted == (rip, guest.Value) && v.Processor.Vmx.AssistedInVain(v.Processor.Now))
        {
            v.Vm.End(VmState.Failed, $"the instruction at RIP 0x{rip:x} needs {guest} for more than its operand, and there is no memory");
        }
        else
        {
            v.Assisted = (rip, guest.Value);
            v.Processor.Vmx.Assist(guest.Value, v);
        }
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
}
