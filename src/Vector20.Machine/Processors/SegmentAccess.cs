using Vector20.Machine.Events;
using Vector20.Machine.Memory;

namespace Vector20.Machine.Processors;

/// <summary>The checks of a data access through a segment register outside 64-bit mode.</summary>
[Manual("3A", "5.3", "Limit Checking")]
[Manual("3A", "5.4", "Type Checking")]
public sealed partial class Processor
{
    /// <summary>Whether an access of a size at an offset is inside the segment and of a kind its type allows; else raises #SS(0) for SS, #GP(0) for the others.</summary>
    internal bool CheckSegment(SegmentName name, ulong offset, int size, AccessKind kind)
    {
        if (Is64Bit) return true;
        ref readonly SegmentRegister segment = ref _segments[(int)name];
        if (!segment.Unusable && (kind == AccessKind.Write ? segment.Writable || !Protected || Virtual8086 : segment.Readable) && InLimit(segment, offset, size)) return true;
        return Refuse(name == SegmentName.Ss ? ExceptionVector.StackFault : ExceptionVector.GeneralProtection, 0);
    }

    /// <summary>Whether an access lies within a segment's limit.</summary>
    internal static bool InLimit(in SegmentRegister segment, ulong offset, int size)
    {
        ulong last = offset + (uint)size - 1;
        if (!segment.ExpandsDown) return last <= segment.Limit;
        return offset > segment.Limit && last <= (segment.Big ? uint.MaxValue : ushort.MaxValue);
    }
}
