using System.Runtime.InteropServices;
using Vector20.Machine.Memory;

namespace Vector20.Machine.Vmx;

/// <summary>
/// The 4-KiB region in memory that a VMCS of a host in machine code lives in while it is not current: the revision identifier at 0, whose bit 31
/// makes it a shadow VMCS, the VMX-abort indicator at 4, the launch state at 8, and from 64 on eight bytes for each slot of <see cref="Vmcs"/>.
/// </summary>
/// <remarks>Any bytes are a VMCS: what is loaded is cut to each field's width, so that a host that writes a region itself gets no more than VMWRITE would give.</remarks>
[Manual("3C", "25.2", "Format of the VMCS Region")]
internal static class VmcsRegion
{
    private const uint ShadowIndicator = 1u << 31, AbortOffset = 4, LaunchOffset = 8, FieldsOffset = 64;
    private const ulong LaunchedValue = 0x6465_6863_6E75_614C;
    private static readonly ulong[] s_masks = Masks();

    /// <summary>Bits 30:0 of the first 4 bytes, and bit 31: whether it is a shadow VMCS.</summary>
    public static (uint Revision, bool Shadow) Identifier(PhysicalMemory memory, ulong region)
    {
        uint identifier = memory.Read<uint>(new PhysicalAddress(region));
        return (identifier & ~ShadowIndicator, (identifier & ShadowIndicator) != 0);
    }

    /// <summary>Writes a VMCS to its region: everything but the revision identifier and the abort indicator.</summary>
    public static void Store(PhysicalMemory memory, ulong region, Vmcs vmcs)
    {
        memory.Write(new PhysicalAddress(region + LaunchOffset), vmcs.Launched ? LaunchedValue : 0);
        memory.Write(new PhysicalAddress(region + FieldsOffset), MemoryMarshal.AsBytes(vmcs.Contents));
    }

    /// <summary>Loads a VMCS from its region.</summary>
    public static void Load(PhysicalMemory memory, ulong region, Vmcs vmcs)
    {
        vmcs.Launched = memory.Read<ulong>(new PhysicalAddress(region + LaunchOffset)) == LaunchedValue;
        Span<ulong> slots = vmcs.Slots;
        memory.Read(new PhysicalAddress(region + FieldsOffset), MemoryMarshal.AsBytes(slots));
        for (int i = 0; i < slots.Length; i++) slots[i] &= s_masks[i];
    }

    /// <summary>Makes the launch state of a VMCS in memory clear.</summary>
    [Manual("3C", "25.11.3", "Initializing a VMCS")]
    public static void Clear(PhysicalMemory memory, ulong region) => memory.Write(new PhysicalAddress(region + LaunchOffset), 0ul);

    /// <summary>Reads one field of a VMCS in memory.</summary>
    public static ulong Read(PhysicalMemory memory, ulong region, VmcsField field) => memory.Read<ulong>(Place(region, field)) & field.Mask();

    /// <summary>Writes one field of a VMCS in memory.</summary>
    public static void Write(PhysicalMemory memory, ulong region, VmcsField field, ulong value) => memory.Write(Place(region, field), value & field.Mask());

    /// <summary>Writes the VMX-abort indicator.</summary>
    [Manual("3C", "28.7", "VMX Aborts")]
    public static void WriteAbort(PhysicalMemory memory, ulong region, uint indicator) => memory.Write(new PhysicalAddress(region + AbortOffset), indicator);

    private static PhysicalAddress Place(ulong region, VmcsField field) => new(region + FieldsOffset + 8 * (uint)Vmcs.Slot(field));

    /// <summary>The bits of each slot; of one that is no field's, none.</summary>
    private static ulong[] Masks()
    {
        var masks = new ulong[Vmcs.SlotCount];
        foreach (VmcsField field in VmcsFields.All) masks[Vmcs.Slot(field)] = field.Mask();
        return masks;
    }
}
