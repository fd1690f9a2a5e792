using System.Runtime.InteropServices;

namespace Vector20.Machine.Processors.Decoding;

/// <summary>
/// One decoded instruction in 32 bytes: a pointer to its semantics and its operands, general registers as byte offsets into the
/// <see cref="RegisterFile"/>, others by number. Decoded once, executed many times, shared by every processor and every fork.
/// </summary>
/// <remarks>
/// Operand rules, the same for every instruction: <see cref="Destination"/> is operand 0 if that is a register;
/// <see cref="Source"/> is operand 1 if that is a register (or operand 2 when operand 1 is memory); a third register operand is in
/// <see cref="Immediate"/>, and moves to <see cref="Displacement"/> when an immediate or a fourth register follows; an immediate is sign-extended there;
/// a memory operand is Base + (Index &lt;&lt; Scale) + Displacement in Segment, where a vector of indexes is in Immediate by its number.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Operation
{
    /// <summary>The semantics. Reads no field of another operation, keeps no reference to this one.</summary>
    public delegate*<Processor, in Operation, Outcome> Execute;

    /// <summary>Immediate, sign-extended; a 64-bit memory offset (moffs) has none. For a near branch: target minus the block's first byte.</summary>
    public long Immediate;

    /// <summary>Displacement of the memory operand, sign-extended; relative to the block's first byte when Base is <see cref="Register.BlockRip"/>.</summary>
    public int Displacement;

    public byte Destination, Source, Base, Index;

    /// <summary>Shift of the index: 0-3.</summary>
    public byte Scale;

    /// <summary>The segment of the memory operand.</summary>
    public SegmentName Segment;

    /// <summary>Register-file offset of its base: <see cref="Register.None"/> where 64-bit mode ignores it.</summary>
    public byte SegmentBase;

    /// <summary>Address size in bytes: 2, 4 or 8.</summary>
    public byte AddressSize;

    /// <summary>Length of the instruction in bytes, 1-15.</summary>
    public byte Length;

    /// <summary>Prefixes and operand size.</summary>
    public OperationFlags Flags;

    /// <summary>Distance of its first byte from the block's first byte.</summary>
    public ushort Offset;

    /// <summary>Operand size in bytes, 1-8, as prefixes and mode give it.</summary>
    public readonly int OperandSize => 1 << ((int)Flags & 3);

    /// <summary>Whether the operand size is 2 bytes.</summary>
    public readonly bool HasWordOperands => (Flags & OperationFlags.SizeMask) == (OperationFlags)1;
}

/// <summary>What of the prefixes the semantics may need.</summary>
[Flags]
internal enum OperationFlags : byte
{
    /// <summary>Bits 1:0: the operand size as a power of two.</summary>
    SizeMask = 3,

    /// <summary>F3, REP or REPE.</summary>
    Repeat = 1 << 2,

    /// <summary>F2, REPNE.</summary>
    RepeatNotEqual = 1 << 3,

    /// <summary>F0.</summary>
    Lock = 1 << 4,

    /// <summary>The memory operand's displacement is 64 bits wide and stands in <see cref="Operation.Immediate"/> (moffs64).</summary>
    WideOffset = 1 << 5,

    /// <summary>The address is not just the sum of its parts: it is truncated to 16 or 32 bits, or <see cref="WideOffset"/>.</summary>
    AddressNeedsCare = 1 << 6,
}
