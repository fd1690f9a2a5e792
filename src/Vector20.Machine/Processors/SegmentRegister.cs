namespace Vector20.Machine.Processors;

/// <summary>The segment registers, numbered as instructions encode them.</summary>
public enum SegmentName : byte
{
#pragma warning disable CS1591 // The manual's own names.
    Es, Cs, Ss, Ds, Fs, Gs,
#pragma warning restore CS1591
}

/// <summary>
/// A segment register with its hidden part. <see cref="AccessRights"/> has the format of the VMCS: type in bits 3:0, S 4,
/// DPL 6:5, P 7, AVL 12, L 13, D/B 14, G 15, unusable 16.
/// </summary>
/// <param name="Selector">The visible selector.</param>
/// <param name="Base">The linear base address.</param>
/// <param name="Limit">The limit in bytes, already scaled by G.</param>
/// <param name="AccessRights">Access rights in the VMCS format.</param>
[Manual("3A", "3.4.3", "Segment Registers")]
[Manual("3C", "25.4.1", "Guest Register State")]
public readonly record struct SegmentRegister(ushort Selector, ulong Base, uint Limit, uint AccessRights)
{
    /// <summary>Bit of <see cref="AccessRights"/> that marks a register loaded with a null selector.</summary>
    public const uint UnusableBit = 1 << 16;

    /// <summary>The type field, bits 3:0.</summary>
    public int Type => (int)AccessRights & 15;

    /// <summary>S: 1 for code and data, 0 for system segments.</summary>
    public bool IsCodeOrData => (AccessRights & 1 << 4) != 0;

    /// <summary>DPL, 0-3.</summary>
    public int Dpl => (int)AccessRights >> 5 & 3;

    /// <summary>P.</summary>
    public bool Present => (AccessRights & 1 << 7) != 0;

    /// <summary>L: 64-bit code.</summary>
    public bool Long => (AccessRights & 1 << 13) != 0;

    /// <summary>D/B: 32-bit code or stack.</summary>
    public bool Big => (AccessRights & 1 << 14) != 0;

    /// <summary>Whether an access through the register faults for want of a segment.</summary>
    public bool Unusable => (AccessRights & UnusableBit) != 0;

    /// <summary>Whether the segment is code (type bit 3).</summary>
    public bool IsCode => IsCodeOrData && (AccessRights & 8) != 0;

    /// <summary>Whether data may be read: any data segment, or readable code.</summary>
    public bool Readable => !IsCode || (AccessRights & 2) != 0;

    /// <summary>Whether data may be written: a writable data segment.</summary>
    public bool Writable => !IsCode && (AccessRights & 2) != 0;

    /// <summary>Whether the segment is an expand-down data segment.</summary>
    public bool ExpandsDown => !IsCode && (AccessRights & 4) != 0;

    /// <summary>Whether all but the selectors are the same.</summary>
    public bool HasHiddenPartOf(in SegmentRegister other) => Base == other.Base && Limit == other.Limit && AccessRights == other.AccessRights;

    /// <summary>A segment as real mode loads it: base 16 times the selector, 64-KiB limit, writable data, DPL 0.</summary>
    [Manual("3B", "21.1.1", "Address Translation in Real-Address Mode")]
    public static SegmentRegister RealMode(ushort selector) => new(selector, (ulong)selector << 4, 0xFFFF, 0x93);
}

/// <summary>GDTR or IDTR.</summary>
/// <param name="Base">Linear address of the table.</param>
/// <param name="Limit">Its limit in bytes.</param>
public readonly record struct TableRegister(ulong Base, ushort Limit);
