using System.Runtime.CompilerServices;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;

namespace Vector20.Machine.Processors.Segmentation;

/// <summary>Reads and updates descriptors of the GDT and the LDT.</summary>
/// <remarks>All of these are implicit supervisor-mode accesses (SDM 3A 4.6.1). They answer false when a fault is raised.</remarks>
[Manual("3A", "3.5.1", "Segment Descriptor Tables")]
internal static class DescriptorTables
{
    private const int TypeByte = 5, BusyBit = 2;

    /// <summary>Reads the 8-byte descriptor that a selector names. Beyond the table's limit the fault is <paramref name="vector"/>(selector + EXT).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Fetch(
        Processor p, Selector selector, out Descriptor descriptor, ExceptionVector vector = ExceptionVector.GeneralProtection, uint external = 0)
    {
        descriptor = default;
        if (!TryLocate(p, selector, 8, out ulong address)) return p.Refuse(vector, selector.ErrorCode | external);
        if (!p.ReadLinear(address, AccessMode.Supervisor, out ulong low)) return false;
        descriptor = new Descriptor(low, 0, address);
        return true;
    }

    /// <summary>
    /// Completes a system descriptor: in IA-32e mode it is 16 bytes long, must lie wholly within the limit, and bits 12:8 of
    /// its last doubleword must be 0.
    /// </summary>
    [Manual("3A", "3.5.2", "Segment Descriptor Tables in IA-32e Mode")]
    public static bool Extend(
        Processor p, Selector selector, ref Descriptor descriptor, ExceptionVector vector = ExceptionVector.GeneralProtection, uint external = 0)
    {
        if (!p.LongMode) return true;
        if (!TryLocate(p, selector, 16, out ulong address)) return p.Refuse(vector, selector.ErrorCode | external);
        if (!p.ReadLinear(address + 8, AccessMode.Supervisor, out ulong high)) return false;
        if ((high >> 40 & 0x1F) != 0) return p.Refuse(vector, selector.ErrorCode | external);
        descriptor = descriptor with { High = high };
        return true;
    }

    /// <summary>Where a selector's descriptor is, if the table has it: never for a null selector, nor in an unusable LDT.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryLocate(Processor p, Selector selector, uint size, out ulong address)
    {
        address = 0;
        if (selector.IsNull) return false;
        (ulong start, uint limit) = selector.IsLocal ? (p.Ldtr.Base, p.Ldtr.Limit) : (p.Gdtr.Base, p.Gdtr.Limit);
        if (selector.IsLocal && p.Ldtr.Unusable || selector.Offset + size - 1 > limit) return false;
        address = Address(p, start, selector.Offset);
        return true;
    }

    /// <summary>A linear address in a system table: 32 bits wide outside IA-32e mode.</summary>
    public static ulong Address(Processor p, ulong start, uint offset) => p.LongMode ? start + offset : (uint)(start + offset);

    /// <summary>Sets the accessed bit of a code or data descriptor in memory, unless it is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool MarkAccessed(Processor p, in Descriptor descriptor) =>
        (descriptor.Type & Descriptor.AccessedBit) != 0 || ChangeType(p, descriptor.Address, set: Descriptor.AccessedBit, clear: 0);

    /// <summary>Sets the busy bit of a TSS descriptor in memory.</summary>
    [Manual("3A", "8.2.2", "TSS Descriptor")]
    public static bool MarkBusy(Processor p, in Descriptor descriptor) => ChangeType(p, descriptor.Address, set: BusyBit, clear: 0);

    /// <summary>Clears the busy bit of a TSS descriptor in memory.</summary>
    public static bool ClearBusy(Processor p, in Descriptor descriptor) => ChangeType(p, descriptor.Address, set: 0, clear: BusyBit);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool ChangeType(Processor p, ulong descriptor, int set, int clear)
    {
        ulong address = descriptor + TypeByte;
        if (!p.ReadLinearForWrite(address, AccessMode.Supervisor, out byte type)) return false;
        return p.WriteLinear(address, AccessMode.Supervisor, (byte)(type & ~clear | set));
    }
}
