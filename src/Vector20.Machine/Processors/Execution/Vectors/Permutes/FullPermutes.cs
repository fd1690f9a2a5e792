using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>Permutes across all 256 bits: VPERMD, VPERMPS, VPERMQ, VPERMPD.</summary>
[Manual("2C", "5.3", "VPERMD/VPERMW—Permute Packed Doubleword/Word Elements")]
[Manual("2C", "5.3", "VPERMQ—Qwords Element Permutation")]
internal static unsafe class FullPermutes
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Vpermd or Mnemonic.Vpermps => Encodings.HasMemory(i) ? &ByVector<Whole> : &ByVector<InThird>,
        Mnemonic.Vpermq or Mnemonic.Vpermpd => Encodings.HasMemory(i) ? &ByImmediate<Whole> : &ByImmediate<InSource>,
        _ => null,
    };

    private static Outcome ByVector<TSource>(Processor p, in Operation op) where TSource : struct, ISource
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector256<byte> source)) return Outcome.Stop;
        p.Ymm(op.Destination) = Vector256.Shuffle(source.AsInt32(), p.Ymm(op.Source).AsInt32() & Vector256.Create(7)).AsByte();
        return Outcome.Continue;
    }

    private static Outcome ByImmediate<TSource>(Processor p, in Operation op) where TSource : struct, ISource
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector256<byte> source)) return Outcome.Stop;
        long order = op.Immediate;
        p.Ymm(op.Destination) = Vector256.Shuffle(source.AsInt64(), Vector256.Create(order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6 & 3)).AsByte();
        return Outcome.Continue;
    }
}
