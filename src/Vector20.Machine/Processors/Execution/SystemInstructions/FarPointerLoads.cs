using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Segmentation;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>LDS, LES, LFS, LGS, LSS: a far pointer from memory to a segment register and a general register.</summary>
[Manual("2A", "3.3", "LDS/LES/LFS/LGS/LSS—Load Far Pointer")]
internal static unsafe class FarPointerLoads
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Les => &Load<Es>,
        Mnemonic.Lss => &Load<Ss>,
        Mnemonic.Lds => &Load<Ds>,
        Mnemonic.Lfs => &Load<Fs>,
        Mnemonic.Lgs => &Load<Gs>,
        _ => null,
    };

    /// <summary>Reads a far pointer: an offset of the operand size, then a selector.</summary>
    public static bool Read(Processor p, in Operation op, out ulong offset, out ushort selector)
    {
        ulong address = p.EffectiveAddress(op);
        selector = 0;
        bool read;
        switch (op.OperandSize)
        {
            case 2:
                read = p.Read(op.Segment, address, out ushort narrow);
                offset = narrow;
                break;
            case 4:
                read = p.Read(op.Segment, address, out uint wide);
                offset = wide;
                break;
            default:
                read = p.Read(op.Segment, address, out offset);
                break;
        }

        return read && p.Read(op.Segment, address + (uint)op.OperandSize, out selector);
    }

    private static Outcome Load<TSegment>(Processor p, in Operation op) where TSegment : struct, ISegment
    {
        if (!Read(p, op, out ulong offset, out ushort selector)) return Outcome.Stop;
        if (!SegmentLoading.Load(p, TSegment.Name, selector)) return Outcome.Stop;
        if (op.OperandSize == 2) p.Set(op.Destination, (ushort)offset);
        else p.Set(op.Destination, offset);
        return Outcome.Leave;
    }

    private interface ISegment
    {
        static abstract SegmentName Name { get; }
    }

    private readonly struct Es : ISegment { public static SegmentName Name => SegmentName.Es; }
    private readonly struct Ss : ISegment { public static SegmentName Name => SegmentName.Ss; }
    private readonly struct Ds : ISegment { public static SegmentName Name => SegmentName.Ds; }
    private readonly struct Fs : ISegment { public static SegmentName Name => SegmentName.Fs; }
    private readonly struct Gs : ISegment { public static SegmentName Name => SegmentName.Gs; }
}
