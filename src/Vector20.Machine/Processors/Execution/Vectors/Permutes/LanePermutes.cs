using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>Permutes within 128 bits, and moves of 128-bit halves: VPERMIL, VPERM2, VEXTRACT, VINSERT.</summary>
[Manual("2C", "5.3", "VPERMILPS—Permute In-Lane of Quadruples of Single Precision Floating-Point Values")]
[Manual("2C", "5.3", "VPERM2F128—Permute Floating-Point Values")]
internal static unsafe class LanePermutes
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Vpermilps => i.Op2Kind == OpKind.Immediate8 ? ImmediateForms.BindUnary<SinglesByImmediate>(i) : PackedForms.Bind<Singles>(i),
        Mnemonic.Vpermilpd => i.Op2Kind == OpKind.Immediate8 ? ImmediateForms.BindUnary<DoublesByImmediate>(i) : PackedForms.Bind<Doubles>(i),
        Mnemonic.Vperm2f128 or Mnemonic.Vperm2i128 => Encodings.HasMemory(i) ? &Halves<Whole> : &Halves<BeforeLast>,
        Mnemonic.Vextractf128 or Mnemonic.Vextracti128 => i.Op0Kind == OpKind.Memory ? &ExtractToMemory : &Extract,
        Mnemonic.Vinsertf128 or Mnemonic.Vinserti128 => Encodings.HasMemory(i) ? &Insert<Whole> : &Insert<BeforeLast>,
        _ => null,
    };

    /// <summary>For each half of the result one of the four source halves, or zeros.</summary>
    private static Outcome Halves<TSource>(Processor p, in Operation op) where TSource : struct, ISource
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector256<byte> second)) return Outcome.Stop;
        Vector256<byte> first = p.Ymm(op.Source);
        p.Ymm(op.Destination) = Vector256.Create(Half(first, second, (int)op.Immediate), Half(first, second, (int)op.Immediate >> 4));
        return Outcome.Continue;
    }

    private static Outcome Extract(Processor p, in Operation op)
    {
        if (!p.UseAvx()) return Outcome.Stop;
        p.SetXmm(op.Destination, Half(p.Ymm(op.Source), default, (int)op.Immediate & 1));
        return Outcome.Continue;
    }

    private static Outcome ExtractToMemory(Processor p, in Operation op) =>
        p.UseAvx() && p.Store(op, Half(p.Ymm(op.Source), default, (int)op.Immediate & 1)) ? Outcome.Continue : Outcome.Stop;

    private static Outcome Insert<TSource>(Processor p, in Operation op) where TSource : struct, ISource
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector128<byte> half)) return Outcome.Stop;
        Vector256<byte> into = p.Ymm(op.Source);
        p.Ymm(op.Destination) = (op.Immediate & 1) == 0 ? into.WithLower(half) : into.WithUpper(half);
        return Outcome.Continue;
    }

    private static Vector128<byte> Half(Vector256<byte> first, Vector256<byte> second, int control) => (control & 8) != 0 ? default : (control & 3) switch
    {
        0 => first.GetLower(),
        1 => first.GetUpper(),
        2 => second.GetLower(),
        _ => second.GetUpper(),
    };

    private readonly struct SinglesByImmediate : IPackedImmediate
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right, byte immediate) =>
            Vector128.Shuffle(right.AsInt32(), Vector128.Create(immediate & 3, immediate >> 2 & 3, immediate >> 4 & 3, immediate >> 6)).AsByte();
    }

    private readonly struct DoublesByImmediate : IPackedImmediate
    {
        public static byte Upper(byte immediate) => (byte)(immediate >> 2);

        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right, byte immediate) =>
            Vector128.Shuffle(right.AsInt64(), Vector128.Create(immediate & 1L, immediate >> 1 & 1L)).AsByte();
    }

    private readonly struct Singles : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Vector128.Shuffle(left.AsInt32(), right.AsInt32() & Vector128.Create(3)).AsByte();
    }

    private readonly struct Doubles : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Vector128.Shuffle(left.AsInt64(), right.AsInt64() >> 1 & Vector128<long>.One).AsByte();
    }
}
