using System.Runtime.CompilerServices;

namespace Vector20.Machine.Vmx;

/// <summary>A virtual-machine control structure: one value for each field, by the field's encoding. Unlike the silicon's it lies outside guest-visible memory.</summary>
/// <remarks>Width and type together are sixteen groups; a slot's number is its group's first slot plus the field's index. With a constant field it is a constant.</remarks>
[Manual("3C", "25.2", "Format of the VMCS Region")]
public sealed class Vmcs
{
    private const int SlotsInGroup = VmcsFields.HighestIndex + 2;
    private readonly ulong[] _slots;

    /// <summary>A VMCS of zeros, but for the link pointer, which says that there is no shadow VMCS.</summary>
    public Vmcs()
    {
        _slots = new ulong[16 * SlotsInGroup];
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Slot(VmcsField field) => ((int)field >> 10 & 3 | (int)field >> 11 & 12) * SlotsInGroup + field.Index();
}
