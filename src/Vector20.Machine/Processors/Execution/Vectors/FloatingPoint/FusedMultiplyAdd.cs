using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>The FMA instructions: a product and a sum with one rounding. The digits say which operands are multiplied and which is added.</summary>
[Manual("1", "14.5", "Fused-Multiply-ADD (FMA) Extensions")]
internal static unsafe class FusedMultiplyAdd
{
    /// <summary>The semantics of an instruction of this group, or null: read from the mnemonic, as VFNMADD213SD.</summary>
    public static Handler Bind(in Instruction i)
    {
        if (i.Mnemonic is < Mnemonic.Vfmadd132pd or > Mnemonic.Vfnmsubss) return null;
        string name = i.Mnemonic.ToString();
        if (!char.IsDigit(name[^3])) return null;
        return name[..^5] switch
        {
            "Vfmadd" => Order<Signs<No, No>>(i, name),
            "Vfmsub" => Order<Signs<No, Yes>>(i, name),
            "Vfnmadd" => Order<Signs<Yes, No>>(i, name),
            "Vfnmsub" => Order<Signs<Yes, Yes>>(i, name),
            "Vfmaddsub" => Order<Alternating<Yes>>(i, name),
            "Vfmsubadd" => Order<Alternating<No>>(i, name),
            _ => null,
        };
    }

    private static Handler Order<TSigns>(in Instruction i, string name) where TSigns : struct, ISigns => name[^5..^2] switch
    {
        "132" => Shape<Order132, TSigns>(i, name),
        "213" => Shape<Order213, TSigns>(i, name),
        _ => Shape<Order231, TSigns>(i, name),
    };

    private static Handler Shape<TOrder, TSigns>(in Instruction i, string name) where TOrder : struct, IOrder where TSigns : struct, ISigns =>
        name[^1] == 's' ? Bind<TOrder, TSigns, float>(i, name[^2] == 's') : Bind<TOrder, TSigns, double>(i, name[^2] == 's');

    private static Handler Bind<TOrder, TSigns, T>(in Instruction i, bool scalar)
        where TOrder : struct, IOrder where TSigns : struct, ISigns where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        (scalar, Encodings.Of(i), Encodings.HasMemory(i)) switch
        {
            (true, _, false) => &Execute<Vex128Target, Vector128<byte>, InThird, TOrder, TSigns, T, Yes>,
            (true, _, true) => &Execute<Vex128Target, Vector128<byte>, Part<T>, TOrder, TSigns, T, Yes>,
            (_, VectorEncoding.Vex128, false) => &Execute<Vex128Target, Vector128<byte>, InThird, TOrder, TSigns, T, No>,
            (_, VectorEncoding.Vex128, true) => &Execute<Vex128Target, Vector128<byte>, Whole, TOrder, TSigns, T, No>,
            (_, _, false) => &Execute<Vex256Target, Vector256<byte>, InThird, TOrder, TSigns, T, No>,
            (_, _, true) => &Execute<Vex256Target, Vector256<byte>, Whole, TOrder, TSigns, T, No>,
        };

    private static Outcome Execute<TTarget, TVector, TSource, TOrder, TSigns, T, TScalar>(Processor p, in Operation op)
        where TTarget : struct, ITarget<TVector> where TVector : unmanaged where TSource : struct, ISource
        where TOrder : struct, IOrder where TSigns : struct, ISigns where T : unmanaged, IBinaryFloatingPointIeee754<T> where TScalar : struct, IFlag
    {
        if (!TTarget.Use(p) || !TSource.Get(p, op, out TVector third)) return Outcome.Stop;
        Lanes.Take(p, op.Destination, out TVector result);
        TVector second = TTarget.Left(p, op);
        FloatUnit unit = FloatUnit.Of(p, 0);
        int count = TScalar.Value ? 1 : Unsafe.SizeOf<TVector>() / Unsafe.SizeOf<T>();
        for (int i = 0; i < count; i++)
        {
            ref T lane = ref Lanes.At<T, TVector>(ref result, i);
            (T a, T b, T c) = TOrder.Of(lane, Lanes.At<T, TVector>(ref second, i), Lanes.At<T, TVector>(ref third, i));
            lane = Compute<TSigns, T>(i, a, b, c, ref unit);
        }

        if (!unit.Finish(p)) return Outcome.Stop;
        TTarget.Set(p, op.Destination, result);
        return Outcome.Continue;
    }

    private static T Compute<TSigns, T>(int lane, T a, T b, T c, ref FloatUnit unit) where TSigns : struct, ISigns where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool negatesProduct = TSigns.NegatesProduct, negatesAddend = TSigns.NegatesAddend(lane);
        if (unit.IsQuick && FloatUnit.IsPlain(a) && FloatUnit.IsPlain(b) && FloatUnit.IsPlain(c))
        {
            T result = T.FusedMultiplyAdd(negatesProduct ? -a : a, b, negatesAddend ? -c : c);
            if (FloatUnit.IsPlainResult(result)) return result;
        }

        return FloatUnit.FromBits<T>(VectorArithmetic.MultiplyAdd(
            FloatUnit.FormatOf<T>(), FloatUnit.Bits(a), FloatUnit.Bits(b), FloatUnit.Bits(c), negatesProduct, negatesAddend, ref unit.Context));
    }

    private interface IOrder
    {
        static abstract (T A, T B, T C) Of<T>(T first, T second, T third);
    }

    private readonly struct Order132 : IOrder
    {
        public static (T A, T B, T C) Of<T>(T first, T second, T third) => (first, third, second);
    }

    private readonly struct Order213 : IOrder
    {
        public static (T A, T B, T C) Of<T>(T first, T second, T third) => (second, first, third);
    }

    private readonly struct Order231 : IOrder
    {
        public static (T A, T B, T C) Of<T>(T first, T second, T third) => (second, third, first);
    }

    private interface IFlag
    {
        static abstract bool Value { get; }
    }

    private readonly struct Yes : IFlag
    {
        public static bool Value => true;
    }

    private readonly struct No : IFlag
    {
        public static bool Value => false;
    }

    private interface ISigns
    {
        static abstract bool NegatesProduct { get; }

        static abstract bool NegatesAddend(int lane);
    }

    private readonly struct Signs<TProduct, TAddend> : ISigns where TProduct : struct, IFlag where TAddend : struct, IFlag
    {
        public static bool NegatesProduct => TProduct.Value;

        public static bool NegatesAddend(int lane) => TAddend.Value;
    }

    /// <summary>Adds in odd and subtracts in even elements, or the other way round.</summary>
    private readonly struct Alternating<TSubtractsEven> : ISigns where TSubtractsEven : struct, IFlag
    {
        public static bool NegatesProduct => false;

        public static bool NegatesAddend(int lane) => (lane & 1) == 0 == TSubtractsEven.Value;
    }
}
