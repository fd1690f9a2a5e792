using Vector20.Machine;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Exits;

/// <summary>HLT: the vCPU is entered again, halted. What wakes it exits: an interrupt of the host, or the preemption timer.</summary>
[Manual("3C", "27.7.2", "Activity State")]
internal static class HltExits
{
    public static void Handle(Vcpu v)
    {
        GuestInstruction.Complete(v);
        v.Vmcs[VmcsField.GuestActivityState] = (ulong)ActivityState.Hlt;
    }
}
