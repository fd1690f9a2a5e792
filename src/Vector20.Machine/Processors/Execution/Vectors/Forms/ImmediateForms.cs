using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>An operation on two vectors and an immediate.</summary>
internal interface IPackedImmediate
{
    /// <summary>Computes 128 bits of the result.</summary>
    static abstract Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right, byte immediate);

    /// <summary>The immediate that controls the upper half of a 256-bit operation.</summary>
    static virtual byte Upper(byte immediate) => immediate;
}

/// <summary>The forms of operations with an immediate, on two vectors or on one.</summary>
internal static unsafe class ImmediateForms
{
    public static Handler Bind<TOp>(in Instruction i) where TOp : struct, IPackedImmediate => (Encodings.Of(i), Encodings.HasMemory(i)) switch
    {
        (VectorEncoding.Legacy, false) => &Legacy<TOp, InSource>,
        (VectorEncoding.Legacy, true) => &Legacy<TOp, Aligned>,
        (VectorEncoding.Vex128, false) => &Vex128<TOp, BeforeLast>,
        (VectorEncoding.Vex128, true) => &Vex128<TOp, Whole>,
        (_, false) => &Vex256<TOp, BeforeLast>,
        (_, true) => &Vex256<TOp, Whole>,
    };

    /// <summary>One source: operand 1, or the destination itself if only it and the immediate are there.</summary>
    public static Handler BindUnary<TOp>(in Instruction i) where TOp : struct, IPackedImmediate => (Encodings.Of(i), Encodings.HasMemory(i)) switch
    {
        (VectorEncoding.Legacy, false) => i.OpCount == 2 ? &Unary<TOp, InDestination> : &Unary<TOp, InSource>,
        (VectorEncoding.Legacy, true) => &Unary<TOp, Aligned>,
        (VectorEncoding.Vex128, false) => &UnaryVex128<TOp, InSource>,
        (VectorEncoding.Vex128, true) => &UnaryVex128<TOp, Whole>,
        (VectorEncoding.Vex256, false) => &UnaryVex256<TOp, InSource>,
        (VectorEncoding.Vex256, true) => &UnaryVex256<TOp, Whole>,
        (_, false) => i.OpCount == 2 ? &UnaryMmxInPlace<TOp> : &UnaryMmx<TOp>,
        (_, true) => &UnaryMmxMemory<TOp>,
    };

    private static Outcome Legacy<TOp, TSource>(Processor p, in Operation op) where TOp : struct, IPackedImmediate where TSource : struct, ISource
    {
        if (!p.UseSse() || !TSource.Get(p, op, out Vector128<byte> right)) return Outcome.Stop;
        ref Vector128<byte> destination = ref p.Xmm(op.Destination);
        destination = TOp.Compute(destination, right, (byte)op.Immediate);
        return Outcome.Continue;
    }

    private static Outcome Vex128<TOp, TSource>(Processor p, in Operation op) where TOp : struct, IPackedImmediate where TSource : struct, ISource
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector128<byte> right)) return Outcome.Stop;
        p.SetXmm(op.Destination, TOp.Compute(p.Xmm(op.Source), right, (byte)op.Immediate));
        return Outcome.Continue;
    }

    private static Outcome Vex256<TOp, TSource>(Processor p, in Operation op) where TOp : struct, IPackedImmediate where TSource : struct, ISource
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector256<byte> right)) return Outcome.Stop;
        p.Ymm(op.Destination) = Both<TOp>(p.Ymm(op.Source), right, (byte)op.Immediate);
        return Outcome.Continue;
    }

    private static Outcome Unary<TOp, TSource>(Processor p, in Operation op) where TOp : struct, IPackedImmediate where TSource : struct, ISource
    {
        if (!p.UseSse() || !TSource.Get(p, op, out Vector128<byte> source)) return Outcome.Stop;
        p.Xmm(op.Destination) = TOp.Compute(source, source, (byte)op.Immediate);
        return Outcome.Continue;
    }

    private static Outcome UnaryVex128<TOp, TSource>(Processor p, in Operation op) where TOp : struct, IPackedImmediate where TSource : struct, ISource
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector128<byte> source)) return Outcome.Stop;
        p.SetXmm(op.Destination, TOp.Compute(source, source, (byte)op.Immediate));
        return Outcome.Continue;
    }

    private static Outcome UnaryVex256<TOp, TSource>(Processor p, in Operation op) where TOp : struct, IPackedImmediate where TSource : struct, ISource
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector256<byte> source)) return Outcome.Stop;
        p.Ymm(op.Destination) = Both<TOp>(source, source, (byte)op.Immediate);
        return Outcome.Continue;
    }

    private static Outcome UnaryMmx<TOp>(Processor p, in Operation op) where TOp : struct, IPackedImmediate =>
        p.UseMmx() ? FinishMmx<TOp>(p, op, p.Mmx(op.Source)) : Outcome.Stop;

    private static Outcome UnaryMmxInPlace<TOp>(Processor p, in Operation op) where TOp : struct, IPackedImmediate =>
        p.UseMmx() ? FinishMmx<TOp>(p, op, p.Mmx(op.Destination)) : Outcome.Stop;

    private static Outcome UnaryMmxMemory<TOp>(Processor p, in Operation op) where TOp : struct, IPackedImmediate =>
        p.UseMmx() && p.Load(op, out ulong source) ? FinishMmx<TOp>(p, op, source) : Outcome.Stop;

    private static Outcome FinishMmx<TOp>(Processor p, in Operation op, ulong source) where TOp : struct, IPackedImmediate
    {
        MmxForms.Enter(p);
        Vector128<byte> vector = Vector128.CreateScalar(source).AsByte();
        MmxForms.Set(p, op.Destination, TOp.Compute(vector, vector, (byte)op.Immediate).AsUInt64().ToScalar());
        return Outcome.Continue;
    }

    private static Vector256<byte> Both<TOp>(Vector256<byte> left, Vector256<byte> right, byte immediate) where TOp : struct, IPackedImmediate => Vector256.Create(
        TOp.Compute(left.GetLower(), right.GetLower(), immediate), TOp.Compute(left.GetUpper(), right.GetUpper(), TOp.Upper(immediate)));
}
