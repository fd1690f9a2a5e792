using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>INSERTPS: an element of the source, or the one in memory, to a place of the destination; then a mask of zeros.</summary>
[Manual("2A", "3.3", "INSERTPS—Insert Scalar Single Precision Floating-Point Value")]
internal static unsafe class InsertSingle
{
    /// <summary>The semantics of either form.</summary>
    public static Handler Bind(in Instruction i) => (i.Encoding == EncodingKind.VEX, Encodings.HasMemory(i)) switch
    {
        (false, false) => &Register,
        (false, true) => &Memory,
        (true, false) => &RegisterVex,
        (true, true) => &MemoryVex,
    };

    private static Outcome Register(Processor p, in Operation op)
    {
        if (!p.UseSse()) return Outcome.Stop;
        p.Xmm(op.Destination) = Insert(p.Xmm(op.Destination), Chosen(p.Xmm(op.Source), op), op);
        return Outcome.Continue;
    }

    private static Outcome Memory(Processor p, in Operation op)
    {
        if (!p.UseSse() || !p.Load(op, out uint value)) return Outcome.Stop;
        p.Xmm(op.Destination) = Insert(p.Xmm(op.Destination), value, op);
        return Outcome.Continue;
    }

    private static Outcome RegisterVex(Processor p, in Operation op)
    {
        if (!p.UseAvx()) return Outcome.Stop;
        p.SetXmm(op.Destination, Insert(p.Xmm(op.Source), Chosen(p.Xmm(op.Displacement), op), op));
        return Outcome.Continue;
    }

    private static Outcome MemoryVex(Processor p, in Operation op)
    {
        if (!p.UseAvx() || !p.Load(op, out uint value)) return Outcome.Stop;
        p.SetXmm(op.Destination, Insert(p.Xmm(op.Source), value, op));
        return Outcome.Continue;
    }

    private static uint Chosen(Vector128<byte> source, in Operation op) => source.AsUInt32().GetElement((int)op.Immediate >> 6 & 3);

    private static Vector128<byte> Insert(Vector128<byte> into, uint value, in Operation op)
    {
        Vector128<uint> result = into.AsUInt32().WithElement((int)op.Immediate >> 4 & 3, value);
        for (int i = 0; i < 4; i++)
            if ((op.Immediate >> i & 1) != 0) result = result.WithElement(i, 0u);
        return result.AsByte();
    }
}
