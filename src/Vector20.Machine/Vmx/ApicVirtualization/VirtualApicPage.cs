using Vector20.Machine.Memory;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>The virtual-APIC page. Offsets in it are those of the local APIC's registers.</summary>
[Manual("3C", "30.1.1", "Virtualized APIC Registers")]
internal static class VirtualApicPage
{
    /// <summary>VTPR.</summary>
    public const uint TaskPriority = 0x80;

    /// <summary>The physical address of a register.</summary>
    public static PhysicalAddress Register(Processor p, uint offset) => new(p.Vmx.Vmcs[VmcsField.VirtualApicAddress] + offset);
}
