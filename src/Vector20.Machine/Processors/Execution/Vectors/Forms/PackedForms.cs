using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>An operation on two vectors, described by what it does to 128 bits: a 256-bit one does that to both halves.</summary>
internal interface IPacked
{
    /// <summary>Computes the result.</summary>
    static abstract Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right);
}

/// <summary>The forms of such operations: legacy SSE (first source and destination are one), VEX.128 (which clears bits 255:128), VEX.256.</summary>
internal static unsafe class PackedForms
{
    public static Handler Bind<TOp>(in Instruction i) where TOp : struct, IPacked => (Encodings.Of(i), Encodings.HasMemory(i)) switch
    {
        (VectorEncoding.Legacy, false) => &Legacy<TOp, InSource>,
        (VectorEncoding.Legacy, true) => &Legacy<TOp, Aligned>,
        (VectorEncoding.Vex128, false) => &Vex128<TOp, InThird>,
        (VectorEncoding.Vex128, true) => &Vex128<TOp, Whole>,
        (VectorEncoding.Vex256, false) => &Vex256<TOp, InThird>,
        (VectorEncoding.Vex256, true) => &Vex256<TOp, Whole>,
        (_, false) => &MmxForms.Register<TOp>,
        (_, true) => &MmxForms.Memory<TOp>,
    };

    /// <summary>The same, but MMX has semantics of its own.</summary>
    public static Handler Bind<TOp, TMmx>(in Instruction i) where TOp : struct, IPacked where TMmx : struct, IPacked =>
        Encodings.Of(i) == VectorEncoding.Mmx ? Bind<TMmx>(i) : Bind<TOp>(i);

    /// <summary>As <see cref="Bind{TOp}(in Instruction)"/>, but only a <typeparamref name="T"/> is read from memory, of any alignment.</summary>
    public static Handler BindNarrow<TOp, T>(in Instruction i) where TOp : struct, IPacked where T : unmanaged => (Encodings.Of(i), Encodings.HasMemory(i)) switch
    {
        (VectorEncoding.Legacy, true) => &Legacy<TOp, Part<T>>,
        (VectorEncoding.Vex128, true) => &Vex128<TOp, Part<T>>,
        _ => Bind<TOp>(i),
    };

    /// <summary>The second operand is a count in 128 bits, whatever the width.</summary>
    public static Handler BindWithCount<TOp>(in Instruction i) where TOp : struct, IPacked => Encodings.Of(i) != VectorEncoding.Vex256
        ? Bind<TOp>(i)
        : Encodings.HasMemory(i) ? &Counted256<TOp, Whole> : &Counted256<TOp, InThird>;

    private static Outcome Legacy<TOp, TSource>(Processor p, in Operation op) where TOp : struct, IPacked where TSource : struct, ISource
    {
        if (!p.UseSse() || !TSource.Get(p, op, out Vector128<byte> right)) return Outcome.Stop;
        ref Vector128<byte> destination = ref p.Xmm(op.Destination);
        destination = TOp.Compute(destination, right);
        return Outcome.Continue;
    }

    private static Outcome Vex128<TOp, TSource>(Processor p, in Operation op) where TOp : struct, IPacked where TSource : struct, ISource
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector128<byte> right)) return Outcome.Stop;
        p.SetXmm(op.Destination, TOp.Compute(p.Xmm(op.Source), right));
        return Outcome.Continue;
    }

    private static Outcome Vex256<TOp, TSource>(Processor p, in Operation op) where TOp : struct, IPacked where TSource : struct, ISource
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector256<byte> right)) return Outcome.Stop;
        Vector256<byte> left = p.Ymm(op.Source);
        p.Ymm(op.Destination) = Vector256.Create(TOp.Compute(left.GetLower(), right.GetLower()), TOp.Compute(left.GetUpper(), right.GetUpper()));
        return Outcome.Continue;
    }

    private static Outcome Counted256<TOp, TSource>(Processor p, in Operation op) where TOp : struct, IPacked where TSource : struct, ISource
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector128<byte> count)) return Outcome.Stop;
        Vector256<byte> left = p.Ymm(op.Source);
        p.Ymm(op.Destination) = Vector256.Create(TOp.Compute(left.GetLower(), count), TOp.Compute(left.GetUpper(), count));
        return Outcome.Continue;
    }
}
