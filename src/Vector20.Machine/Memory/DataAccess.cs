using System.Runtime.CompilerServices;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors;

/// <summary>
/// How instructions reach memory: effective address, segmentation, then linear memory. Everything here answers false when the
/// access faults or exits; the fault is then in <see cref="Raised"/> or the exit in <see cref="Exit"/>.
/// </summary>
public sealed unsafe partial class Processor
{
    /// <summary>The offset within its segment of an operation's memory operand, truncated to the address size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong EffectiveAddress(in Operation op)
    {
        ulong address = Registers.At<ulong>(op.Base) + (Registers.At<ulong>(op.Index) << op.Scale) + (ulong)(long)op.Displacement;
        return (op.Flags & OperationFlags.AddressNeedsCare) == 0 ? address : Truncated(op, address);
    }

    /// <summary>Reads an operation's memory operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Load<T>(in Operation op, out T value) where T : unmanaged
    {
        ulong offset = EffectiveAddress(op);
        if (!SegmentChecks || CheckSegment(op.Segment, offset, sizeof(T), AccessKind.Read)) return ReadData(LinearOf(op, offset), op.Segment, out value);
        value = default;
        return false;
    }

    /// <summary>Reads the memory operand of a read-modify-write: every check that the write will need is made now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool LoadForWrite<T>(in Operation op, out T value) where T : unmanaged => LoadForWrite(op, out value, out _);

    /// <summary>As the other overload, and with the place where <see cref="WriteBack{T}"/> may write at once; 0 where only <see cref="Store{T}"/> may.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool LoadForWrite<T>(in Operation op, out T value, out nint place) where T : unmanaged
    {
        ulong offset = EffectiveAddress(op);
        if (!SegmentChecks && op.Segment != SegmentName.Cs || CheckSegment(op.Segment, offset, sizeof(T), AccessKind.Write))
            return ReadDataForWrite(LinearOf(op, offset), op.Segment, out value, out place);
        value = default;
        place = 0;
        return false;
    }

    /// <summary>Writes an operation's memory operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Store<T>(in Operation op, T value) where T : unmanaged
    {
        ulong offset = EffectiveAddress(op);
        if ((SegmentChecks || op.Segment == SegmentName.Cs) && !CheckSegment(op.Segment, offset, sizeof(T), AccessKind.Write)) return false;
        return WriteData(LinearOf(op, offset), op.Segment, value);
    }

    /// <summary>Reads at segment:offset with the rights of the current CPL. The offset is already truncated to its size.</summary>
    internal bool Read<T>(SegmentName segment, ulong offset, out T value) where T : unmanaged
    {
        if (!SegmentChecks || CheckSegment(segment, offset, sizeof(T), AccessKind.Read)) return ReadData(Linear(segment, offset), segment, out value);
        value = default;
        return false;
    }

    /// <summary>Reads at segment:offset what is about to be written there: every check that the write will need is made now.</summary>
    internal bool ReadForWrite<T>(SegmentName segment, ulong offset, out T value) where T : unmanaged
    {
        if (!SegmentChecks || CheckSegment(segment, offset, sizeof(T), AccessKind.Write))
            return ReadDataForWrite(Linear(segment, offset), segment, out value, out _);
        value = default;
        return false;
    }

    /// <summary>Writes at segment:offset with the rights of the current CPL.</summary>
    internal bool Write<T>(SegmentName segment, ulong offset, T value) where T : unmanaged
    {
        if (SegmentChecks && !CheckSegment(segment, offset, sizeof(T), AccessKind.Write)) return false;
        return WriteData(Linear(segment, offset), segment, value);
    }

    /// <summary>The linear address of segment:offset now. 64-bit mode ignores the bases of ES, CS, SS and DS.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong Linear(SegmentName segment, ulong offset)
    {
        if (Is64Bit && segment < SegmentName.Fs) return offset;
        return Registers.At<ulong>((byte)(Register.SegmentBases + 8 * (int)segment)) + offset & LinearMask;
    }

    /// <summary>Makes every check of a one-byte read of an operation's memory operand, and reads nothing.</summary>
    internal bool Probe(in Operation op)
    {
        ulong offset = EffectiveAddress(op);
        if (SegmentChecks && !CheckSegment(op.Segment, offset, 1, AccessKind.Read)) return false;
        return SlowAccess.Probe(this, LinearOf(op, offset), DataMode, op.Segment);
    }

    /// <summary>The linear address of an offset in the segment of an operation's memory operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong LinearOf(in Operation op, ulong offset) => offset + Registers.At<ulong>(op.SegmentBase) & LinearMask;

    private static ulong Truncated(in Operation op, ulong address)
    {
        if ((op.Flags & OperationFlags.WideOffset) != 0) return (ulong)op.Immediate;
        return op.AddressSize == 4 ? (uint)address : (ushort)address;
    }
}
