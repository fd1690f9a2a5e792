namespace Vector20.Machine.Vmx;

/// <summary>The width of a VMCS field: bits 14:13 of its encoding.</summary>
public enum VmcsFieldWidth : byte
{
    /// <summary>16 bits.</summary>
    Word = 0,

    /// <summary>64 bits, with an encoding for its upper half too.</summary>
    Quadword = 1,

    /// <summary>32 bits.</summary>
    Doubleword = 2,

    /// <summary>64 bits on a processor that supports Intel 64 architecture.</summary>
    Natural = 3,
}

/// <summary>What a VMCS field is for: bits 11:10 of its encoding.</summary>
public enum VmcsFieldType : byte
{
    /// <summary>VM-execution, VM-exit and VM-entry control fields.</summary>
    Control = 0,

    /// <summary>VM-exit information, which software may only read unless the processor supports more.</summary>
    ReadOnlyData = 1,

    /// <summary>The guest-state area.</summary>
    GuestState = 2,

    /// <summary>The host-state area.</summary>
    HostState = 3,
}

/// <summary>What an encoding says about its field.</summary>
[Manual("3C", "25.11.2", "VMREAD, VMWRITE, and Encodings of VMCS Fields")]
public static class VmcsFields
{
    /// <summary>Every field there is.</summary>
    public static IReadOnlyList<VmcsField> All { get; } = Enum.GetValues<VmcsField>();

    /// <summary>The field's width.</summary>
    public static VmcsFieldWidth Width(this VmcsField field) => (VmcsFieldWidth)((int)field >> 13 & 3);

    /// <summary>What the field is for.</summary>
    public static VmcsFieldType Type(this VmcsField field) => (VmcsFieldType)((int)field >> 10 & 3);

    /// <summary>The number that tells it from others of its width and type.</summary>
    public static int Index(this VmcsField field) => (int)field >> 1 & 0x1FF;

    /// <summary>The bits that the field holds.</summary>
    public static ulong Mask(this VmcsField field) => field.Width() switch
    {
        VmcsFieldWidth.Word => ushort.MaxValue,
        VmcsFieldWidth.Doubleword => uint.MaxValue,
        _ => ulong.MaxValue,
    };

    /// <summary>The encoding of a 64-bit field's upper half.</summary>
    public static VmcsField High(this VmcsField field) => field | (VmcsField)1;

    /// <summary>The encoding of the whole field, for one that may name its upper half.</summary>
    public static VmcsField Whole(this VmcsField field) => field & ~(VmcsField)1;

    /// <summary>Whether an encoding names the upper half of a 64-bit field.</summary>
    public static bool IsHigh(this VmcsField field) => ((int)field & 1) != 0;

    /// <summary>The guest field of a segment register; LDTR is 6 and TR is 7.</summary>
    /// <param name="first">The field of ES in a series: selector, limit, access rights or base.</param>
    /// <param name="segment">0 (ES) to 7 (TR), in the VMCS's order, which is also that of instruction encodings.</param>
    internal static VmcsField OfSegment(VmcsField first, int segment) => (VmcsField)((int)first + 2 * segment);
}
