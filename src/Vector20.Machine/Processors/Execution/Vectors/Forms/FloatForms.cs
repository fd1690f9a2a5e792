using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>A floating-point operation on elements of two vectors.</summary>
internal interface IFloatLane
{
    /// <summary>Computes an element.</summary>
    static abstract T Compute<T>(int lane, T left, T right, ref FloatUnit unit) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>;
}

/// <summary>The forms of floating-point operations: packed on all elements; scalar on the lowest, the others being those of the first source.</summary>
internal static unsafe class FloatForms
{
    public static Handler Packed<TOp, T>(in Instruction i) where TOp : struct, IFloatLane where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> =>
        (Encodings.Of(i), Encodings.HasMemory(i), HasImmediate(i)) switch
        {
            (VectorEncoding.Legacy, false, _) => &Execute<LegacyTarget, Vector128<byte>, InSource, AllLanes, TOp, T>,
            (VectorEncoding.Legacy, true, _) => &Execute<LegacyTarget, Vector128<byte>, Aligned, AllLanes, TOp, T>,
            (VectorEncoding.Vex128, false, false) => &Execute<Vex128Target, Vector128<byte>, InThird, AllLanes, TOp, T>,
            (VectorEncoding.Vex128, false, true) => &Execute<Vex128Target, Vector128<byte>, BeforeLast, AllLanes, TOp, T>,
            (VectorEncoding.Vex128, true, _) => &Execute<Vex128Target, Vector128<byte>, Whole, AllLanes, TOp, T>,
            (_, false, false) => &Execute<Vex256Target, Vector256<byte>, InThird, AllLanes, TOp, T>,
            (_, false, true) => &Execute<Vex256Target, Vector256<byte>, BeforeLast, AllLanes, TOp, T>,
            (_, true, _) => &Execute<Vex256Target, Vector256<byte>, Whole, AllLanes, TOp, T>,
        };

    /// <summary>On the last operand alone.</summary>
    public static Handler PackedUnary<TOp, T>(in Instruction i) where TOp : struct, IFloatLane where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> =>
        (Encodings.Of(i), Encodings.HasMemory(i)) switch
        {
            (VectorEncoding.Vex128, false) => &Execute<Vex128Target, Vector128<byte>, InSource, AllLanes, TOp, T>,
            (VectorEncoding.Vex256, false) => &Execute<Vex256Target, Vector256<byte>, InSource, AllLanes, TOp, T>,
            _ => Packed<TOp, T>(i),
        };

    public static Handler Scalar<TOp, T>(in Instruction i) where TOp : struct, IFloatLane where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> =>
        (i.Encoding == EncodingKind.VEX, Encodings.HasMemory(i), HasImmediate(i)) switch
        {
            (false, false, _) => &Execute<LegacyTarget, Vector128<byte>, InSource, OneLane, TOp, T>,
            (false, true, _) => &Execute<LegacyTarget, Vector128<byte>, Part<T>, OneLane, TOp, T>,
            (true, false, false) => &Execute<Vex128Target, Vector128<byte>, InThird, OneLane, TOp, T>,
            (true, false, true) => &Execute<Vex128Target, Vector128<byte>, BeforeLast, OneLane, TOp, T>,
            (true, true, _) => &Execute<Vex128Target, Vector128<byte>, Part<T>, OneLane, TOp, T>,
        };

    /// <summary>On neighbours: the operands are sorted into evens and odds first.</summary>
    public static Handler Horizontal<TOp, T>(in Instruction i) where TOp : struct, IFloatLane where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> =>
        (Encodings.Of(i), Encodings.HasMemory(i)) switch
        {
            (VectorEncoding.Legacy, false) => &Neighbours<LegacyTarget, Vector128<byte>, InSource, TOp, T>,
            (VectorEncoding.Legacy, true) => &Neighbours<LegacyTarget, Vector128<byte>, Aligned, TOp, T>,
            (VectorEncoding.Vex128, false) => &Neighbours<Vex128Target, Vector128<byte>, InThird, TOp, T>,
            (VectorEncoding.Vex128, true) => &Neighbours<Vex128Target, Vector128<byte>, Whole, TOp, T>,
            (_, false) => &Neighbours<Vex256Target, Vector256<byte>, InThird, TOp, T>,
            (_, true) => &Neighbours<Vex256Target, Vector256<byte>, Whole, TOp, T>,
        };

    private static bool HasImmediate(in Instruction i) => i.GetOpKind(i.OpCount - 1) == OpKind.Immediate8;

    private static Outcome Execute<TTarget, TVector, TSource, TLanes, TOp, T>(Processor p, in Operation op)
        where TTarget : struct, ITarget<TVector> where TVector : unmanaged where TSource : struct, ISource where TLanes : struct, ILanes
        where TOp : struct, IFloatLane where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        if (!TTarget.Use(p) || !TSource.Get(p, op, out TVector right)) return Outcome.Stop;
        TVector result = TTarget.Left(p, op);
        FloatUnit unit = FloatUnit.Of(p, (byte)op.Immediate, TTarget.PredicateMask);
        for (int i = 0; i < TLanes.Count<T, TVector>(); i++)
        {
            ref T lane = ref Lanes.At<T, TVector>(ref result, i);
            lane = TOp.Compute(i, lane, Lanes.At<T, TVector>(ref right, i), ref unit);
        }

        if (!unit.Finish(p)) return Outcome.Stop;
        TTarget.Set(p, op.Destination, result);
        return Outcome.Continue;
    }

    private static Outcome Neighbours<TTarget, TVector, TSource, TOp, T>(Processor p, in Operation op)
        where TTarget : struct, ITarget<TVector> where TVector : unmanaged where TSource : struct, ISource
        where TOp : struct, IFloatLane where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        if (!TTarget.Use(p) || !TSource.Get(p, op, out TVector right)) return Outcome.Stop;
        TVector left = TTarget.Left(p, op), result = default;
        FloatUnit unit = FloatUnit.Of(p, 0);
        int inHalf = 16 / Unsafe.SizeOf<T>();
        for (int i = 0; i < Unsafe.SizeOf<TVector>() / Unsafe.SizeOf<T>(); i++)
        {
            int half = i & -inHalf, pair = i - half;
            ref TVector from = ref pair < inHalf / 2 ? ref left : ref right;
            int at = half + 2 * (pair & inHalf / 2 - 1);
            Lanes.At<T, TVector>(ref result, i) = TOp.Compute(i, Lanes.At<T, TVector>(ref from, at), Lanes.At<T, TVector>(ref from, at + 1), ref unit);
        }

        if (!unit.Finish(p)) return Outcome.Stop;
        TTarget.Set(p, op.Destination, result);
        return Outcome.Continue;
    }

    private interface ILanes
    {
        static abstract int Count<T, TVector>();
    }

    private readonly struct AllLanes : ILanes
    {
        public static int Count<T, TVector>() => Unsafe.SizeOf<TVector>() / Unsafe.SizeOf<T>();
    }

    private readonly struct OneLane : ILanes
    {
        public static int Count<T, TVector>() => 1;
    }
}
