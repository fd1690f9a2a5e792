using Vector20.Machine.Memory;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>The task priority in the virtual-APIC page, which MOV to and from CR8 access under "use TPR shadow".</summary>
[Manual("3C", "30.1.2", "TPR Virtualization")]
[Manual("3C", "30.3", "Virtualizing CR8-Based TPR Accesses")]
internal static class VirtualTaskPriority
{
    /// <summary>Whether CR8 is VTPR.</summary>
    public static bool Shadowed(Processor p) => p.Vmx.Has(ProcessorBasedControls.UseTprShadow);

    /// <summary>What MOV from CR8 reads: VTPR bits 7:4.</summary>
    public static ulong Read(Processor p) => (ulong)p.Computer.Memory.Read<byte>(VirtualApicPage.Register(p, VirtualApicPage.TaskPriority)) >> 4;

    /// <summary>MOV to CR8: VTPR bits 7:4 are the value, its other bits 0.</summary>
    public static void Write(Processor p, byte value)
    {
        p.Computer.Memory.Write(VirtualApicPage.Register(p, VirtualApicPage.TaskPriority), (uint)value << 4);
        Virtualize(p);
    }

    /// <summary>After a write of VTPR: an exit, as a trap, when its class is below the threshold.</summary>
    public static void Virtualize(Processor p)
    {
        if (Read(p) >= (p.Vmx.Vmcs[VmcsField.TprThreshold] & 15)) return;
        p.Vmx.TrapLikeExit = new VmExit(ExitReason.TprBelowThreshold);
        p.RequestAttention();
    }
}
