using System.Runtime.CompilerServices;

namespace Vector20.Machine.Vmx;

/// <summary>
/// A virtual-machine control structure: one value for each field, by the field's encoding. It lies outside guest-visible memory, as the silicon's
/// does while it is current; a host in machine code has it written to and loaded from its region: <see cref="VmcsRegion"/>.
/// </summary>
/// <remarks>
/// Width and type together are sixteen groups of 24 slots; the largest, 64-bit control fields, comes last. A slot's number is its group's first
/// slot plus the field's index. With a constant field it is a constant.
/// </remarks>
[Manual("3C", "25.2", "Format of the VMCS Region")]
public sealed class Vmcs
{
    private const int LastGroup = 15, NumberOfLast = 4;

    /// <summary>The slots of every group but 64-bit control fields.</summary>
    internal const int SlotsInGroup = 24;

    private readonly ulong[] _slots;

    /// <summary>How many slots there are.</summary>
    internal const int SlotCount = LastGroup * SlotsInGroup + VmcsFields.HighestIndex + 1;

    /// <summary>A VMCS of zeros, but for the link pointer, which says that there is no shadow VMCS.</summary>
    public Vmcs()
    {
        _slots = new ulong[SlotCount];
        this[VmcsField.VmcsLinkPointer] = ulong.MaxValue;
    }

    private Vmcs(ulong[] slots) => _slots = slots;

    /// <summary>Whether VMLAUNCH has been done: the launch state is "launched", not "clear".</summary>
    public bool Launched { get; set; }

    /// <summary>A field's value. What is written is cut to the field's width.</summary>
    /// <param name="field">The field, by its full encoding.</param>
    public ulong this[VmcsField field]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _slots[Slot(field)];
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => _slots[Slot(field)] = value & field.Mask();
    }

    /// <summary>A copy that shares nothing with this.</summary>
    public Vmcs Copy() => new((ulong[])_slots.Clone()) { Launched = Launched };

    /// <summary>Makes this the same as another.</summary>
    public void CopyFrom(Vmcs other)
    {
        other._slots.CopyTo(_slots, 0);
        Launched = other.Launched;
    }

    /// <summary>Everything a VMCS holds, to hash or to store.</summary>
    public ReadOnlySpan<ulong> Contents => _slots;

    /// <summary>Every slot, for a whole VMCS to be loaded from its region.</summary>
    internal Span<ulong> Slots => _slots;

    /// <summary>The slot that holds a field.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Slot(VmcsField field) => (((int)field >> 10 & 3 | (int)field >> 11 & 12) ^ LastGroup - NumberOfLast) * SlotsInGroup + field.Index();
}
