using Vector20.Machine.Apic;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Exits;

/// <summary>External interrupts, which are the host's, and INIT.</summary>
internal static class InterruptExits
{
    /// <summary>The exit acknowledged the interrupt; the host ends it. A kick has done all it was for by making the vCPU exit.</summary>
    public static void External(Vcpu v) => v.Processor.Apic.Write((int)ApicRegister.EndOfInterrupt, 4, 0);

    /// <summary>A processor's own INIT, with APICs handed through: the guest's processor is as after INIT and waits for the SIPI, which exits.</summary>
    public static void Init(Vcpu v)
    {
        VcpuStart.Init(v);
        v.Processor.Apic.Init();
        if (v.WaitsForStartUp) v.Vmcs[VmcsField.GuestActivityState] = (ulong)ActivityState.WaitForSipi;
    }
}
