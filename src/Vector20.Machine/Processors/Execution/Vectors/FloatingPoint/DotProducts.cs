using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>DPPS and DPPD: products of elements by the upper half of the immediate, their sum to elements by the lower half.</summary>
[Manual("2A", "3.3", "DPPS—Dot Product of Packed Single Precision Floating-Point Values")]
[Manual("2A", "3.3", "DPPD—Dot Product of Packed Double Precision Floating-Point Values")]
internal static unsafe class DotProducts
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Dpps or Mnemonic.Vdpps => Bind<float>(i),
        Mnemonic.Dppd or Mnemonic.Vdppd => Bind<double>(i),
        _ => null,
    };

    private static Handler Bind<T>(in Instruction i) where T : unmanaged, IBinaryFloatingPointIeee754<T> => (Encodings.Of(i), Encodings.HasMemory(i)) switch
    {
        (VectorEncoding.Legacy, false) => &Execute<LegacyTarget, Vector128<byte>, InSource, T>,
        (VectorEncoding.Legacy, true) => &Execute<LegacyTarget, Vector128<byte>, Aligned, T>,
        (VectorEncoding.Vex128, false) => &Execute<Vex128Target, Vector128<byte>, BeforeLast, T>,
        (VectorEncoding.Vex128, true) => &Execute<Vex128Target, Vector128<byte>, Whole, T>,
        (_, false) => &Execute<Vex256Target, Vector256<byte>, BeforeLast, T>,
        (_, true) => &Execute<Vex256Target, Vector256<byte>, Whole, T>,
    };

    private static Outcome Execute<TTarget, TVector, TSource, T>(Processor p, in Operation op)
        where TTarget : struct, ITarget<TVector> where TVector : unmanaged where TSource : struct, ISource where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!TTarget.Use(p) || !TSource.Get(p, op, out TVector right)) return Outcome.Stop;
        TVector left = TTarget.Left(p, op), products = default, sums = default, result = default;
        FloatUnit unit = FloatUnit.Of(p, (byte)op.Immediate);
        int inHalf = 16 / Unsafe.SizeOf<T>(), all = Unsafe.SizeOf<TVector>() / Unsafe.SizeOf<T>();
        for (int i = 0; i < all; i++)
            if ((unit.Immediate >> 4 + i % inHalf & 1) != 0)
                Lanes.At<T, TVector>(ref products, i) = FloatArithmetic.Multiply.Compute(i, Lanes.At<T, TVector>(ref left, i), Lanes.At<T, TVector>(ref right, i), ref unit);
        if (!unit.Finish(p)) return Outcome.Stop;
        for (int i = 0; i < all; i += 2)
            Lanes.At<T, TVector>(ref sums, i) = FloatArithmetic.Add.Compute(i, Lanes.At<T, TVector>(ref products, i), Lanes.At<T, TVector>(ref products, i + 1), ref unit);
        if (!unit.Finish(p)) return Outcome.Stop;
        if (inHalf == 4)
            for (int i = 0; i < all; i += 4)
                Lanes.At<T, TVector>(ref sums, i) = FloatArithmetic.Add.Compute(i, Lanes.At<T, TVector>(ref sums, i), Lanes.At<T, TVector>(ref sums, i + 2), ref unit);
        if (!unit.Finish(p)) return Outcome.Stop;
        for (int i = 0; i < all; i++)
            if ((unit.Immediate >> i % inHalf & 1) != 0) Lanes.At<T, TVector>(ref result, i) = Lanes.At<T, TVector>(ref sums, i & -inHalf);
        TTarget.Set(p, op.Destination, result);
        return Outcome.Continue;
    }
}
