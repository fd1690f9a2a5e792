namespace Vector20.Machine.Processors.Segmentation;

/// <summary>A descriptor as it stands in a descriptor table: 8 bytes, or 16 with <see cref="High"/> (system descriptors of IA-32e mode).</summary>
/// <param name="Low">The first 8 bytes.</param>
/// <param name="High">The second 8 bytes; 0 where the descriptor has none.</param>
/// <param name="Address">Linear address it was read from.</param>
[Manual("3A", "3.4.5", "Segment Descriptors")]
internal readonly record struct Descriptor(ulong Low, ulong High, ulong Address)
{
    /// <summary>The accessed bit of code and data segments, in the type field.</summary>
    public const int AccessedBit = 1;

    /// <summary>The base address.</summary>
    public ulong Base => Low >> 16 & 0xFF_FFFF | Low >> 32 & 0xFF00_0000 | High << 32;

    /// <summary>The limit in bytes, scaled by G.</summary>
    public uint Limit
    {
        get
        {
            uint raw = (uint)(Low & 0xFFFF | Low >> 32 & 0xF_0000);
            return (Low & 1ul << 55) != 0 ? raw << 12 | 0xFFF : raw;
        }
    }

    /// <summary>Type, S, DPL, P, AVL, L, D/B and G in the format of <see cref="SegmentRegister.AccessRights"/>.</summary>
    public uint AccessRights => (uint)(Low >> 40) & 0xF0FF;

    /// <summary>The type field.</summary>
    public int Type => (int)(Low >> 40) & 15;

    /// <summary>The type of a system descriptor.</summary>
    public SystemDescriptorType SystemType => (SystemDescriptorType)Type;

    /// <summary>S: 1 for code and data.</summary>
    public bool IsCodeOrData => (Low & 1ul << 44) != 0;

    /// <summary>S = 0.</summary>
    public bool IsSystem => !IsCodeOrData;

    /// <summary>DPL.</summary>
    public int Dpl => (int)(Low >> 45) & 3;

    /// <summary>P.</summary>
    public bool Present => (Low & 1ul << 47) != 0;

    /// <summary>L: 64-bit code.</summary>
    public bool Long => (Low & 1ul << 53) != 0;

    /// <summary>D/B.</summary>
    public bool Big => (Low & 1ul << 54) != 0;

    /// <summary>A code segment.</summary>
    public bool IsCode => IsCodeOrData && (Type & 8) != 0;

    /// <summary>A data segment.</summary>
    public bool IsData => IsCodeOrData && (Type & 8) == 0;

    /// <summary>A conforming code segment.</summary>
    public bool IsConforming => IsCode && (Type & 4) != 0;

    /// <summary>A data segment, or a readable code segment.</summary>
    public bool IsReadable => IsData || IsCode && (Type & 2) != 0;

    /// <summary>A writable data segment.</summary>
    public bool IsWritableData => IsData && (Type & 2) != 0;

    /// <summary>A gate's target selector.</summary>
    public Selector GateSelector => new((ushort)(Low >> 16));

    /// <summary>A gate's target offset: 16 bits of 16-bit gates, 32 of 32-bit gates, 64 of 16-byte gates.</summary>
    public ulong GateOffset
    {
        get
        {
            ulong offset = Low & 0xFFFF;
            return (Type & 8) == 0 ? offset : offset | Low >> 32 & 0xFFFF_0000 | High << 32;
        }
    }

    /// <summary>A call gate's parameter count, 0-31.</summary>
    public int ParameterCount => (int)(Low >> 32) & 31;

    /// <summary>The IST index of a 64-bit interrupt or trap gate, 0-7.</summary>
    public int InterruptStack => (int)(Low >> 32) & 7;

    /// <summary>The first 8 bytes of a code or data descriptor, with the accessed bit set.</summary>
    public ulong Marked => Low | (ulong)AccessedBit << 40;

    /// <summary>The segment register that loading this descriptor makes; the accessed bit set.</summary>
    public SegmentRegister ToRegister(Selector selector) =>
        new(selector.Value, Base, Limit, AccessRights | (IsCodeOrData ? (uint)AccessedBit : 0));
}
