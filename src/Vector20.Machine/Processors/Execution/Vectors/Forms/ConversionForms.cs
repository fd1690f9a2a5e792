using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>A general register, operand 1 or 2, as the lowest element.</summary>
internal readonly struct General<T, TPlace> : ISource where T : unmanaged where TPlace : struct, IPlace
{
    public static bool Get<TVector>(Processor p, in Operation op, out TVector value) where TVector : unmanaged
    {
        value = default;
        Unsafe.As<TVector, T>(ref value) = p.Get<T>(TPlace.Of(op));
        return true;
    }
}

/// <summary>Where an operation has the number of a register.</summary>
internal interface IPlace
{
    static abstract byte Of(in Operation op);
}

internal readonly struct SecondPlace : IPlace
{
    public static byte Of(in Operation op) => op.Source;
}

internal readonly struct ThirdPlace : IPlace
{
    public static byte Of(in Operation op) => (byte)op.Immediate;
}

/// <summary>The forms of conversions.</summary>
internal static unsafe class ConversionForms
{
    /// <summary>Of as many elements as there are in both operands; the rest of the destination becomes 0.</summary>
    public static Handler Packed<TOp>(in Instruction i) where TOp : struct, IConversion => (Encodings.Of(i), Encodings.HasMemory(i), TOp.From < TOp.To) switch
    {
        (VectorEncoding.Legacy, false, _) => &Convert<LegacyTarget, InSource, Vector128<byte>, TOp>,
        (VectorEncoding.Legacy, true, true) => &Convert<LegacyTarget, Part<ulong>, Vector128<byte>, TOp>,
        (VectorEncoding.Legacy, true, false) => &Convert<LegacyTarget, Aligned, Vector128<byte>, TOp>,
        (VectorEncoding.Vex128, false, _) => &Convert<Vex128Target, InSource, Vector128<byte>, TOp>,
        (VectorEncoding.Vex128, true, true) => &Convert<Vex128Target, Part<ulong>, Vector128<byte>, TOp>,
        (VectorEncoding.Vex128, true, false) => &Convert<Vex128Target, Whole, Vector128<byte>, TOp>,
        (_, false, true) => &Widen256<InSource, TOp>,
        (_, true, true) => &Widen256<Whole, TOp>,
        (_, false, false) => &Convert256<InSource, TOp>,
        (_, true, false) => &Convert256<Whole, TOp>,
    };

    /// <summary>Of the lowest element; the others are those of the first source.</summary>
    public static Handler Scalar<TOp, T>(in Instruction i) where TOp : struct, IConversion where T : unmanaged =>
        (i.Encoding == EncodingKind.VEX, Encodings.HasMemory(i), i.GetOpRegister(i.OpCount - 1).IsGPR()) switch
        {
            (false, true, _) => &Merge<LegacyTarget, Part<T>, TOp>,
            (true, true, _) => &Merge<Vex128Target, Part<T>, TOp>,
            (false, false, false) => &Merge<LegacyTarget, InSource, TOp>,
            (true, false, false) => &Merge<Vex128Target, InThird, TOp>,
            (false, false, true) => &Merge<LegacyTarget, General<T, SecondPlace>, TOp>,
            (true, false, true) => &Merge<Vex128Target, General<T, ThirdPlace>, TOp>,
        };

    /// <summary>Of the lowest element, to a general register.</summary>
    public static Handler ToGeneral<TOp, T, TInteger>(in Instruction i) where TOp : struct, IConversion where T : unmanaged where TInteger : unmanaged, IBinaryInteger<TInteger> =>
        (i.Encoding == EncodingKind.VEX, Encodings.HasMemory(i)) switch
        {
            (false, false) => &ToRegister<LegacyTarget, InSource, TOp, TInteger>,
            (false, true) => &ToRegister<LegacyTarget, Part<T>, TOp, TInteger>,
            (true, false) => &ToRegister<Vex128Target, InSource, TOp, TInteger>,
            (true, true) => &ToRegister<Vex128Target, Part<T>, TOp, TInteger>,
        };

    /// <summary>Converts an element at an index of one vector to the same index of another.</summary>
    public static void Element<TFrom, TTo, TOp>(ref TFrom from, ref TTo to, int index, ref FloatUnit unit) where TFrom : unmanaged where TTo : unmanaged where TOp : struct, IConversion
    {
        ulong bits = TOp.From switch
        {
            2 => Lanes.At<ushort, TFrom>(ref from, index),
            4 => Lanes.At<uint, TFrom>(ref from, index),
            _ => Lanes.At<ulong, TFrom>(ref from, index),
        };
        ulong result = TOp.Convert(bits, ref unit);
        if (TOp.To == 2) Lanes.At<ushort, TTo>(ref to, index) = (ushort)result;
        else if (TOp.To == 4) Lanes.At<uint, TTo>(ref to, index) = (uint)result;
        else Lanes.At<ulong, TTo>(ref to, index) = result;
    }

    private static Outcome Convert<TTarget, TSource, TVector, TOp>(Processor p, in Operation op)
        where TTarget : struct, ITarget<TVector> where TSource : struct, ISource where TVector : unmanaged where TOp : struct, IConversion
    {
        if (!TTarget.Use(p) || !TSource.Get(p, op, out TVector source)) return Outcome.Stop;
        TVector result = default;
        FloatUnit unit = FloatUnit.Of(p, (byte)op.Immediate);
        for (int i = 0; i < Unsafe.SizeOf<TVector>() / Math.Max(TOp.From, TOp.To); i++) Element<TVector, TVector, TOp>(ref source, ref result, i, ref unit);
        if (!unit.Finish(p)) return Outcome.Stop;
        TTarget.Set(p, op.Destination, result);
        return Outcome.Continue;
    }

    private static Outcome Convert256<TSource, TOp>(Processor p, in Operation op) where TSource : struct, ISource where TOp : struct, IConversion =>
        Convert<Vex256Target, TSource, Vector256<byte>, TOp>(p, op);

    private static Outcome Widen256<TSource, TOp>(Processor p, in Operation op) where TSource : struct, ISource where TOp : struct, IConversion
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector128<byte> source)) return Outcome.Stop;
        Vector256<byte> result = default;
        FloatUnit unit = FloatUnit.Of(p, (byte)op.Immediate);
        for (int i = 0; i < 32 / TOp.To; i++) Element<Vector128<byte>, Vector256<byte>, TOp>(ref source, ref result, i, ref unit);
        if (!unit.Finish(p)) return Outcome.Stop;
        p.Ymm(op.Destination) = result;
        return Outcome.Continue;
    }

    private static Outcome Merge<TTarget, TSource, TOp>(Processor p, in Operation op)
        where TTarget : struct, ITarget<Vector128<byte>> where TSource : struct, ISource where TOp : struct, IConversion
    {
        if (!TTarget.Use(p) || !TSource.Get(p, op, out Vector128<byte> source)) return Outcome.Stop;
        Vector128<byte> result = TTarget.Left(p, op);
        FloatUnit unit = FloatUnit.Of(p, 0);
        Element<Vector128<byte>, Vector128<byte>, TOp>(ref source, ref result, 0, ref unit);
        if (!unit.Finish(p)) return Outcome.Stop;
        TTarget.Set(p, op.Destination, result);
        return Outcome.Continue;
    }

    private static Outcome ToRegister<TTarget, TSource, TOp, TInteger>(Processor p, in Operation op)
        where TTarget : struct, ITarget<Vector128<byte>> where TSource : struct, ISource where TOp : struct, IConversion where TInteger : unmanaged, IBinaryInteger<TInteger>
    {
        if (!TTarget.Use(p) || !TSource.Get(p, op, out Vector128<byte> source)) return Outcome.Stop;
        FloatUnit unit = FloatUnit.Of(p, 0);
        ulong bits = TOp.From == 4 ? source.AsUInt32().ToScalar() : source.AsUInt64().ToScalar();
        ulong result = TOp.Convert(bits, ref unit);
        if (!unit.Finish(p)) return Outcome.Stop;
        p.Set(op.Destination, TInteger.CreateTruncating(result));
        return Outcome.Continue;
    }
}
