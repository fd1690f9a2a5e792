using System.Runtime.CompilerServices;
using Vector20.Machine.Events;

namespace Vector20.Machine.Processors.Segmentation;

/// <summary>What far RET and IRET to an outer privilege level share. False when a fault is raised.</summary>
[Manual("3A", "5.8.6", "Returning from a Called Procedure")]
internal static class OuterReturn
{
    /// <summary>The stack segment returned to, without a descriptor if the selector is null: that is good only for 64-bit code below privilege level 3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool CheckStack(Processor p, Selector selector, in Descriptor code, int privilege, out Descriptor stack)
    {
        if (!selector.IsNull) return StackSegment.Check(p, selector, privilege, ExceptionVector.GeneralProtection, 0, out stack);
        stack = default;
        bool allowed = p.LongMode && code.Long && privilege != 3 && selector.Rpl == privilege;
        return allowed || p.Refuse(ExceptionVector.GeneralProtection, 0);
    }

    /// <summary>Loads SS as <see cref="CheckStack"/> found it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadStack(Processor p, Selector selector, in Descriptor stack, int privilege)
    {
        if (selector.IsNull) p.SetSegment(SegmentName.Ss, SegmentLoading.NullStack(privilege));
        else p.LoadSegment(SegmentName.Ss, selector, stack);
    }

    /// <summary>Reads 2, 4 or 8 bytes at a depth of the current stack.</summary>
    public static bool Peek(Processor p, ulong depth, int size, out ulong value)
    {
        bool read;
        switch (size)
        {
            case 2:
                read = p.Peek(out ushort word, depth);
                value = word;
                return read;
            case 4:
                read = p.Peek(out uint doubleword, depth);
                value = doubleword;
                return read;
            default:
                return p.Peek(out value, depth);
        }
    }

    /// <summary>Nulls each of ES, DS, FS and GS that the new CPL may not use: data and nonconforming code with a lower DPL.</summary>
    public static void DropPrivilegedSegments(Processor p)
    {
        foreach (SegmentName name in (ReadOnlySpan<SegmentName>)[SegmentName.Es, SegmentName.Ds, SegmentName.Fs, SegmentName.Gs])
        {
            SegmentRegister segment = p.Segment(name);
            bool conforming = segment.IsCode && (segment.Type & 4) != 0;
            if (!segment.Unusable && !conforming && segment.Dpl < p.Cpl) p.SetSegment(name, SegmentLoading.Null(new Selector(0)));
        }
    }
}
