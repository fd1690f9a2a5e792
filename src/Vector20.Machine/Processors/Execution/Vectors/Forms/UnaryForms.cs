using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>The forms of operations on one vector: the second operand of an <see cref="IPacked"/> alone decides the result.</summary>
internal static unsafe class UnaryForms
{
    public static Handler Bind<TOp>(in Instruction i) where TOp : struct, IPacked => (Encodings.Of(i), Encodings.HasMemory(i)) switch
    {
        (VectorEncoding.Vex128, false) => &Vex128<TOp, InSource>,
        (VectorEncoding.Vex128, true) => &Vex128<TOp, Whole>,
        (VectorEncoding.Vex256, false) => &Vex256<TOp, InSource>,
        (VectorEncoding.Vex256, true) => &Vex256<TOp, Whole>,
        _ => PackedForms.Bind<TOp>(i),
    };

    /// <summary>As <see cref="Bind"/>, but a 128-bit operation reads only a <typeparamref name="T"/> from memory.</summary>
    public static Handler BindNarrow<TOp, T>(in Instruction i) where TOp : struct, IPacked where T : unmanaged => (Encodings.Of(i), Encodings.HasMemory(i)) switch
    {
        (VectorEncoding.Legacy, true) => &Legacy<TOp, Part<T>>,
        (VectorEncoding.Vex128, true) => &Vex128<TOp, Part<T>>,
        _ => Bind<TOp>(i),
    };

    private static Outcome Legacy<TOp, TSource>(Processor p, in Operation op) where TOp : struct, IPacked where TSource : struct, ISource
    {
        if (!p.UseSse() || !TSource.Get(p, op, out Vector128<byte> source)) return Outcome.Stop;
        p.Xmm(op.Destination) = TOp.Compute(source, source);
        return Outcome.Continue;
    }

    private static Outcome Vex128<TOp, TSource>(Processor p, in Operation op) where TOp : struct, IPacked where TSource : struct, ISource
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector128<byte> source)) return Outcome.Stop;
        p.SetXmm(op.Destination, TOp.Compute(source, source));
        return Outcome.Continue;
    }

    private static Outcome Vex256<TOp, TSource>(Processor p, in Operation op) where TOp : struct, IPacked where TSource : struct, ISource
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector256<byte> source)) return Outcome.Stop;
        p.Ymm(op.Destination) = Vector256.Create(TOp.Compute(source.GetLower(), source.GetLower()), TOp.Compute(source.GetUpper(), source.GetUpper()));
        return Outcome.Continue;
    }
}
