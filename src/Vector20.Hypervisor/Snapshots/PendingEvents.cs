using Vector20.Machine.Apic;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Snapshots;

/// <summary>What waits at a vCPU, wherever the local APIC's state is kept just now.</summary>
public static class PendingEvents
{
    /// <summary>The vectors that are requested and not in service yet.</summary>
    public static VectorSet InterruptsOf(Vcpu v)
    {
        if (v.Apic is not { } apic) return v.Processor.Apic.State.Requested;
        VectorSet requested = v.ApicPage?.StateBehind(v).Requested ?? apic.State.Requested;
        if (v.ApicPage is { Active: true } page && v.Processor.Vmx.NonRoot)
            for (int i = 0; i < 4; i++) requested[i] |= page.RequestedPart(i);
        if (v.Interrupted is { Type: Machine.Events.EventType.ExternalInterrupt } e) requested.Set(e.Vector, true);
        return requested;
    }

    /// <summary>Whether an NMI waits.</summary>
    public static bool HasNmi(Vcpu v) => v.NmiPending || v.Processor.NmiPending || v.Interrupted is { Type: Machine.Events.EventType.Nmi };

    /// <summary>Whether the vCPU has performed an INIT, or is about to.</summary>
    public static bool WasReset(Vcpu v) => v.WaitsForStartUp || v.InitPending || v.StartUpVector >= 0 || (v.Vmcs[VmcsField.Cr0ReadShadow] & 1) == 0;
}
