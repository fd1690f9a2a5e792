using Vector20.Machine.Memory;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>
/// Accesses to the APIC-access page: they reach the virtual-APIC page, or exit. Translation gives such an access a
/// physical address above every real one, <see cref="Mark"/> or'ed to the offset, so that it comes here and never enters the software TLB.
/// </summary>
[Manual("3C", "30.4", "Virtualizing Memory-Mapped APIC Accesses")]
internal static class ApicAccess
{
    private const ulong Mark = 1ul << 62;

    /// <summary>Whether a physical address lies in the APIC-access page.</summary>
    public static bool Covers(Processor p, ulong physical) =>
        p.Vmx.Has(SecondaryControls.VirtualizeApicAccesses) && (physical ^ p.Vmx.Vmcs[VmcsField.ApicAccessAddress]) < 0x1000;

    /// <summary>Translates a linear access to the page. False: a fetch, which exits.</summary>
    public static bool Translate(Processor p, ulong physical, AccessKind kind, out PhysicalAddress routed)
    {
        routed = new PhysicalAddress(Mark | physical & 0xFFF);
        return kind != AccessKind.Execute || Exit(p, (uint)physical & 0xFFF, ApicAccessType.Fetch);
    }

    /// <summary>Whether a physical address is one that <see cref="Translate"/> made.</summary>
    public static bool IsRouted(ulong physical) => (physical >> 62) == 1;

    /// <summary>Reads. When the access exits, the processor's stop reason says so.</summary>
    [Manual("3C", "30.4.2", "Virtualizing Reads from the APIC-Access Page")]
    public static ulong Read(Processor p, ulong routed, int size)
    {
        uint offset = (uint)routed & 0xFFF;
        if (IsVirtualizable(p, offset, size) && VirtualizedRegisters.Readable(p.Vmx.Secondary, offset))
        {
            Span<byte> bytes = stackalloc byte[8];
            bytes.Clear();
            p.Computer.Memory.Read(VirtualApicPage.Register(p, offset), bytes[..size]);
            return BitConverter.ToUInt64(bytes);
        }

        Exit(p, offset, ApicAccessType.Read);
        return 0;
    }

    /// <summary>Writes to the virtual-APIC page; what follows from it is emulated on the instruction boundary.</summary>
    [Manual("3C", "30.4.3", "Virtualizing Writes to the APIC-Access Page")]
    public static void Write(Processor p, ulong routed, int size, ulong value)
    {
        uint offset = (uint)routed & 0xFFF;
        if (!IsVirtualizable(p, offset, size) || !VirtualizedRegisters.Writable(p.Vmx.Secondary, p.Vmx.Tertiary, offset))
        {
            Exit(p, offset, ApicAccessType.Write);
            return;
        }

        p.Computer.Memory.Write(VirtualApicPage.Register(p, offset), BitConverter.GetBytes(value).AsSpan(0, size));
        p.Vmx.PendingApicWrite = (int)offset;
        p.RequestAttention();
    }

    /// <summary>An access of the processor itself, in a walk of guest page tables: it exits. Always false.</summary>
    [Manual("3C", "30.4.6.1", "Guest-Physical Accesses to the APIC-Access Page")]
    public static bool ExitGuestPhysical(Processor p) =>
        VmExits.Record(p, new VmExit(ExitReason.ApicAccess, (ulong)(p.Delivering is null ? ApicAccessType.GuestPhysical : ApicAccessType.GuestPhysicalDuringDelivery) << 12));

    /// <summary>Within the low 32 bits of a naturally aligned 16 bytes, and under the TPR shadow.</summary>
    private static bool IsVirtualizable(Processor p, uint offset, int size) =>
        p.Vmx.Has(ProcessorBasedControls.UseTprShadow) && (offset & 15) + (uint)size <= 4;

    [Manual("3C", "28.2.1", "Basic VM-Exit Information")]
    private static bool Exit(Processor p, uint offset, ApicAccessType type)
    {
        if (p.Delivering is not null) type = ApicAccessType.DuringDelivery;
        return VmExits.Record(p, new VmExit(ExitReason.ApicAccess, offset | (ulong)type << 12));
    }
}

/// <summary>The type of an access to the APIC-access page: bits 15:12 of the exit qualification.</summary>
internal enum ApicAccessType : byte
{
    /// <summary>Linear access for a data read during instruction execution.</summary>
    Read = 0,

    /// <summary>Linear access for a data write during instruction execution.</summary>
    Write = 1,

    /// <summary>Linear access for an instruction fetch.</summary>
    Fetch = 2,

    /// <summary>Linear access, read or write, during event delivery.</summary>
    DuringDelivery = 3,

    /// <summary>Guest-physical access during event delivery.</summary>
    GuestPhysicalDuringDelivery = 10,

    /// <summary>Guest-physical access for an instruction fetch or during instruction execution.</summary>
    GuestPhysical = 15,
}
