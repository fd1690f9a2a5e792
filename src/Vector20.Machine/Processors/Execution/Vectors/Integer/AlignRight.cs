using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>PALIGNR: both operands joined, shifted right by bytes.</summary>
[Manual("2B", "4.3", "PALIGNR—Packed Align Right")]
internal static unsafe class AlignRight
{
    /// <summary>The semantics of any form.</summary>
    public static Handler Bind(in Instruction i)
    {
        if (Encodings.Of(i) != VectorEncoding.Mmx) return ImmediateForms.Bind<Align>(i);
        return Encodings.HasMemory(i) ? &MmxMemory : &Mmx;
    }

    private static Outcome Mmx(Processor p, in Operation op) => p.UseMmx() ? Finish(p, op, p.Mmx(op.Source)) : Outcome.Stop;

    private static Outcome MmxMemory(Processor p, in Operation op) => p.UseMmx() && p.Load(op, out ulong low) ? Finish(p, op, low) : Outcome.Stop;

    private static Outcome Finish(Processor p, in Operation op, ulong low)
    {
        MmxForms.Enter(p);
        int bytes = (byte)op.Immediate;
        UInt128 joined = new(p.Mmx(op.Destination), low);
        MmxForms.Set(p, op.Destination, bytes > 15 ? 0 : (ulong)(joined >> 8 * bytes));
        return Outcome.Continue;
    }

    private readonly struct Align : IPackedImmediate
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right, byte immediate)
        {
            if (immediate > 31) return default;
            Vector128<byte> from = Vector128<byte>.Indices + Vector128.Create(immediate);
            return Vector128.Shuffle(right, from) | Vector128.Shuffle(left, from - Vector128.Create((byte)16));
        }
    }
}
