using Vector20.Machine.Apic;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>The virtual task priority, VTPR, which MOV to and from CR8 access under "use TPR shadow".</summary>
[Manual("3C", "30.3", "Virtualizing CR8-Based TPR Accesses")]
internal static class VirtualTaskPriority
{
    /// <summary>Whether CR8 is VTPR.</summary>
    public static bool Shadowed(Processor p) => p.Vmx.Has(ProcessorBasedControls.UseTprShadow);

    /// <summary>What MOV from CR8 reads: VTPR bits 7:4.</summary>
    public static ulong Read(Processor p) => VirtualApicPage.Read(p, ApicRegister.TaskPriority) >> 4 & 15;

    /// <summary>MOV to CR8: VTPR bits 7:4 are the value, its other bits 0.</summary>
    public static void Write(Processor p, byte value)
    {
        VirtualApicPage.Write(p, ApicRegister.TaskPriority, (uint)value << 4);
        Virtualize(p);
    }

    /// <summary>After a write of VTPR: virtual interrupts are looked at anew, or else an exit, as a trap, when its class is below the threshold.</summary>
    [Manual("3C", "30.1.2", "TPR Virtualization")]
    public static void Virtualize(Processor p)
    {
        if (p.Vmx.Has(SecondaryControls.VirtualInterruptDelivery)) VirtualInterrupts.PriorityChanged(p);
        else if (Read(p) < (p.Vmx.Vmcs[VmcsField.TprThreshold] & 15)) VmxEvents.Pend(p, new VmExit(ExitReason.TprBelowThreshold));
    }

    /// <summary>A VM entry with VTPR already below the threshold exits before the first instruction.</summary>
    [Manual("3C", "27.7.7", "VM Exits Induced by the TPR Threshold")]
    public static void AtEntry(Processor p)
    {
        if (!Shadowed(p) || !p.Vmx.Has(SecondaryControls.VirtualizeApicAccesses) || p.Vmx.Has(SecondaryControls.VirtualInterruptDelivery)) return;
        if (Read(p) < (p.Vmx.Vmcs[VmcsField.TprThreshold] & 15)) VmxEvents.Pend(p, new VmExit(ExitReason.TprBelowThreshold));
    }
}
