using System.Runtime.CompilerServices;

namespace Vector20.Machine.Vmx;

/// <summary>
/// A virtual-machine control structure: one value for each field, by the field's encoding. It lies outside guest-visible memory, as the silicon's
/// does while it is current; a host in machine code has it written to and loaded from its region: <see cref="VmcsRegion"/>.
/// </summary>
/// <remarks>
/// Width and type together are sixteen groups; a field's slot is its group's first plus the field's index. With a constant field it is a constant.
/// There is no slot between groups: a VMCS is copied with every fork.
/// </remarks>
[Manual("3C", "25.2", "Format of the VMCS Region")]
public sealed class Vmcs
{
    /// <summary>The first slot of each group, a byte each.</summary>
    private const ulong FirstOfWordsAndQuadwords = 0x4C_3F_3E_17_10_05_05_00, FirstOfDoublewordsAndNatural = 0xA9_92_8C_84_83_6B_63_50;

    /// <summary>How many slots there are.</summary>
    internal const int SlotCount = 184;

    private readonly ulong[] _slots;

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
    public Vmcs Copy() => new(_slots.AsSpan().ToArray()) { Launched = Launched };

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
    internal static int Slot(VmcsField field) => FirstSlot(Group(field)) + field.Index();

    /// <summary>Whether a field's index is one of its group's: a slot beyond them is another field's.</summary>
    internal static bool FitsGroup(VmcsField field)
    {
        int group = Group(field), next = group == 15 ? SlotCount : FirstSlot(group + 1);
        return field.Index() < next - FirstSlot(group);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Group(VmcsField field) => (int)field.Width() << 2 | (int)field.Type();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FirstSlot(int group) => (byte)((group < 8 ? FirstOfWordsAndQuadwords : FirstOfDoublewordsAndNatural) >> 8 * (group & 7));
}
