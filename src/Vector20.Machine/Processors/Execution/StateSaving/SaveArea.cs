using System.Runtime.InteropServices;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.StateSaving;

/// <summary>Memory that state is saved to and restored from: aligned, reached eight bytes at a time.</summary>
internal static class SaveArea
{
    /// <summary>The offset of an operation's area in its segment; false with #GP(0) if it is not aligned.</summary>
    public static bool Find(Processor p, in Operation op, uint alignment, out ulong area)
    {
        area = p.EffectiveAddress(op);
        return p.Linear(op.Segment, area) % alignment == 0 || p.Refuse(ExceptionVector.GeneralProtection, 0);
    }

    /// <summary>Writes a part of a prepared image to its place in the area.</summary>
    public static bool Write(Processor p, in Operation op, ulong area, ReadOnlySpan<byte> image, int from, int to)
    {
        for (int offset = from; offset < to; offset += 8)
            if (!p.Write(op.Segment, At(op, area, offset), MemoryMarshal.Read<ulong>(image[offset..]))) return false;
        return true;
    }

    /// <summary>Reads a part of the area into an image.</summary>
    public static bool Read(Processor p, in Operation op, ulong area, Span<byte> image, int from, int to)
    {
        for (int offset = from; offset < to; offset += 8)
        {
            if (!p.Read(op.Segment, At(op, area, offset), out ulong value)) return false;
            MemoryMarshal.Write(image[offset..], value);
        }

        return true;
    }

    /// <summary>How many XMM registers the area has room for in this mode.</summary>
    [Manual("1", "13.4.1", "Legacy Region of an XSAVE Area")]
    public static int VectorCount(Processor p) => p.Is64Bit ? 16 : 8;

    private static ulong At(in Operation op, ulong area, int offset)
    {
        ulong at = area + (uint)offset;
        return op.AddressSize switch { 8 => at, 4 => (uint)at, _ => (ushort)at };
    }
}
