using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.X87;

/// <summary>FSIN, FCOS, FSINCOS, FPTAN, FPATAN, F2XM1, FYL2X, FYL2XP1.</summary>
[Manual("1", "8.3.7", "Trigonometric Instructions")]
[Manual("1", "8.3.9", "Logarithmic, Exponential, and Scale")]
internal static unsafe class Transcendentals
{
    /// <summary>Arguments of the trigonometric functions are below 2^63.</summary>
    private const int LargestExponent = 62;

    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Fsin => &Sine,
        Mnemonic.Fcos => &Cosine,
        Mnemonic.Fsincos => &SineAndCosine,
        Mnemonic.Fptan => &Tangent,
        Mnemonic.Fpatan => &OfTwo<ArcTangent>,
        Mnemonic.F2xm1 => &PowerLessOne,
        Mnemonic.Fyl2x => &OfTwo<Logarithm>,
        Mnemonic.Fyl2xp1 => &OfTwo<LogarithmOfOnePlus>,
        _ => null,
    };

    [Manual("2A", "3.3", "FSIN—Sine")]
    private static Outcome Sine(Processor p, in Operation op) => Circular(p, op, cosine: false);

    [Manual("2A", "3.3", "FCOS—Cosine")]
    private static Outcome Cosine(Processor p, in Operation op) => Circular(p, op, cosine: true);

    private static Outcome Circular(Processor p, in Operation op, bool cosine)
    {
        if (!p.UseX87()) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, memory: false);
        file.StatusWord &= unchecked((ushort)~StatusWord.C2);
        if (Stack.IsEmpty(file, 0)) return Unit.Underflow(p, 0, 0);
        FloatContext context = Unit.Context(file);
        if (!Argument(p, ref context, out Number a, out Extended80 result)) return Outcome.Continue;
        if (result != default) return Unit.Deliver(p, context, result, 0, 0);
        result = cosine ? CosineOf(a, ref context) : SineOf(a, ref context);
        return Unit.Deliver(p, context, result, 0, 0);
    }

    [Manual("2A", "3.3", "FSINCOS—Sine and Cosine")]
    private static Outcome SineAndCosine(Processor p, in Operation op) => Two(p, op, static (in Number a, ref FloatContext context) => (SineOf(a, ref context), CosineOf(a, ref context)));

    /// <summary>The tangent, and 1 above it.</summary>
    [Manual("2A", "3.3", "FPTAN—Partial Tangent")]
    private static Outcome Tangent(Processor p, in Operation op) => Two(p, op, static (in Number a, ref FloatContext context) => (TangentOf(a, ref context), ExtendedArithmetic.Encode(Number.Of(1))));

    private delegate (Extended80 Below, Extended80 Above) Pair(in Number a, ref FloatContext context);

    private static Outcome Two(Processor p, in Operation op, Pair function)
    {
        if (!p.UseX87()) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, memory: false);
        file.StatusWord &= unchecked((ushort)~StatusWord.C2);
        bool underflow = Stack.IsEmpty(file, 0);
        FloatContext context = Unit.Context(file);
        if (underflow || !Stack.IsEmpty(file, 7))
        {
            if (!Unit.StackFault(p, overflow: !underflow)) return Outcome.Continue;
            Stack.Set(ref file, 0, ExtendedArithmetic.DefaultNaN);
            Stack.Push(ref file, ExtendedArithmetic.DefaultNaN);
            return Outcome.Continue;
        }

        if (!Argument(p, ref context, out Number a, out Extended80 nan)) return Outcome.Continue;
        (Extended80 below, Extended80 above) = nan != default ? (nan, nan) : function(a, ref context);
        if (!Unit.Report(p, context)) return Outcome.Continue;
        Stack.Set(ref file, 0, below);
        Stack.Push(ref file, above);
        return Outcome.Continue;
    }

    /// <summary>ST(0) of a trigonometric function: a result at once for NaNs and infinities; false with C2 set if it is out of range.</summary>
    private static bool Argument(Processor p, ref FloatContext context, out Number a, out Extended80 result)
    {
        ref ExtendedRegisterFile file = ref p.Extended.File;
        a = Stack.Number(file, 0);
        context.PrecisionControl = 0;
        if (!ExtendedArithmetic.IsNumber(a, ref context, out result)) return true;
        if (a.IsInfinity)
        {
            result = ExtendedArithmetic.Invalid(ref context);
            return true;
        }

        if (a.IsZero || a.Exponent <= LargestExponent) return true;
        file.StatusWord |= StatusWord.C2;
        return false;
    }

    private static Extended80 SineOf(in Number a, ref FloatContext context)
    {
        if (a.IsZero) return ExtendedArithmetic.Zero(a.Negative);
        VectorArithmetic.Denormals(a, a, ref context);
        return Inexact(a.Exponent < -68 ? Nearly(a) : Transcendental.SineCosine(a).Sine, ref context);
    }

    private static Extended80 CosineOf(in Number a, ref FloatContext context)
    {
        if (a.IsZero) return ExtendedArithmetic.Encode(Number.Of(1));
        VectorArithmetic.Denormals(a, a, ref context);
        return Inexact(a.Exponent < -68 ? BelowOne : Transcendental.SineCosine(a).Cosine, ref context);
    }

    private static Extended80 TangentOf(in Number a, ref FloatContext context)
    {
        if (a.IsZero) return ExtendedArithmetic.Zero(a.Negative);
        VectorArithmetic.Denormals(a, a, ref context);
        if (a.Exponent < -68) return Inexact(Exact.Of(a), ref context);
        (Exact sine, Exact cosine) = Transcendental.SineCosine(a);
        return Inexact(Wide.Divide(sine, cosine), ref context);
    }

    [Manual("2A", "3.3", "F2XM1—Compute 2x–1")]
    private static Outcome PowerLessOne(Processor p, in Operation op)
    {
        if (!p.UseX87()) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, memory: false);
        if (Stack.IsEmpty(file, 0)) return Unit.Underflow(p, 0, 0);
        FloatContext context = Unit.Context(file) with { PrecisionControl = 0 };
        Extended80 result = PowerLessOne(Stack.Get(file, 0), ref context);
        return Unit.Deliver(p, context, result, 0, 0);
    }

    /// <summary>Outside -1 to 1 the result is undefined: here the operand itself. At the ends it is exact, yet reported as inexact.</summary>
    private static Extended80 PowerLessOne(in Extended80 operand, ref FloatContext context)
    {
        Number a = ExtendedArithmetic.Decode(operand);
        if (!ExtendedArithmetic.IsNumber(a, ref context, out Extended80 result)) return result;
        if (a.IsInfinity) return a.Negative ? ExtendedArithmetic.Encode(Number.Of(-1)) : operand;
        if (a.IsZero) return operand;
        VectorArithmetic.Denormals(a, a, ref context);
        if (a.Exponent > 0 || a.Exponent == 0 && a.Significand != 1ul << 63) return operand;
        if (a.Exponent == 0)
        {
            context.Raised |= FloatExceptions.Precision;
            return ExtendedArithmetic.Rounded(a.Negative ? Wide.Scale(Wide.Negate(Wide.One), -1) : Wide.One, ref context);
        }

        return Inexact(Transcendental.PowerLessOne(a), ref context);
    }

    private interface IOfTwo
    {
        /// <summary>Of ST(1) and ST(0).</summary>
        static abstract Extended80 Compute(in Number y, in Number x, ref FloatContext context);
    }

    /// <summary>The result goes to ST(1), then ST(0) is popped.</summary>
    private static Outcome OfTwo<TOp>(Processor p, in Operation op) where TOp : struct, IOfTwo
    {
        if (!p.UseX87()) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, memory: false);
        if (Stack.IsEmpty(file, 0) || Stack.IsEmpty(file, 1)) return Unit.Underflow(p, 1, 1);
        FloatContext context = Unit.Context(file) with { PrecisionControl = 0 };
        Number y = Stack.Number(file, 1), x = Stack.Number(file, 0);
        if (!ExtendedArithmetic.AreNumbers(y, x, ref context, out Extended80 result)) return Unit.Deliver(p, context, result, 1, 1);
        result = TOp.Compute(y, x, ref context);
        return Unit.Deliver(p, context, result, 1, 1);
    }

    [Manual("2A", "3.3", "FPATAN—Partial Arctangent")]
    private readonly struct ArcTangent : IOfTwo
    {
        public static Extended80 Compute(in Number y, in Number x, ref FloatContext context)
        {
            VectorArithmetic.Denormals(y, x, ref context);
            if (y.IsZero || x.IsInfinity && !y.IsInfinity) return x.Negative ? Inexact(Wide.Scale(Wide.HalfPi, 1) with { Negative = y.Negative }, ref context) : ExtendedArithmetic.Zero(y.Negative);
            if (x.IsInfinity) return Inexact((x.Negative ? Wide.Divide(Wide.Multiply(Wide.HalfPi, Wide.Of(3)), 2) : Wide.Scale(Wide.HalfPi, -1)) with { Negative = y.Negative }, ref context);
            if (x.IsZero || y.IsInfinity) return Inexact(Wide.HalfPi with { Negative = y.Negative }, ref context);
            return Inexact(Transcendental.Angle(y, x) with { Negative = y.Negative }, ref context);
        }
    }

    [Manual("2A", "3.3", "FYL2X—Compute y ∗ log2x")]
    private readonly struct Logarithm : IOfTwo
    {
        public static Extended80 Compute(in Number y, in Number x, ref FloatContext context)
        {
            if (x.Negative && !x.IsZero) return ExtendedArithmetic.Invalid(ref context);
            bool isOne = x.Kind == ValueKind.Normal && x.Exponent == 0 && x.Significand == 1ul << 63;
            if (x.IsZero && y.IsZero || x.IsInfinity && y.IsZero || isOne && y.IsInfinity) return ExtendedArithmetic.Invalid(ref context);
            if (x.IsZero)
            {
                if (!y.IsInfinity) context.Raised |= FloatExceptions.ZeroDivide;
                return ExtendedArithmetic.Infinity(!y.Negative);
            }

            VectorArithmetic.Denormals(y, x, ref context);
            bool below = !x.IsInfinity && x.Exponent < 0;
            if (x.IsInfinity || y.IsInfinity) return ExtendedArithmetic.Infinity(y.Negative != below);
            if (y.IsZero || isOne) return ExtendedArithmetic.Zero(y.Negative != below);
            Exact product = Wide.Multiply(Exact.Of(y), Transcendental.BinaryLogarithm(x));
            if (x.Significand != 1ul << 63) return Inexact(product, ref context);
            context.Raised |= FloatExceptions.Precision | (product.Exponent < FloatFormat.Extended.Smallest ? FloatExceptions.Underflow : 0);
            return ExtendedArithmetic.Rounded(product, ref context);
        }
    }

    [Manual("2A", "3.3", "FYL2XP1—Compute y ∗ log2(x +1)")]
    private readonly struct LogarithmOfOnePlus : IOfTwo
    {
        private const ulong Limit = 0x95F6_1998_0C43_36F7;

        /// <summary>Outside of the range, where results are undefined, the logarithm of the sum, rounded, is taken.</summary>
        public static Extended80 Compute(in Number y, in Number x, ref FloatContext context)
        {
            if (x.IsInfinity && (x.Negative || y.IsZero) || x.IsZero && y.IsInfinity) return ExtendedArithmetic.Invalid(ref context);
            VectorArithmetic.Denormals(y, x, ref context);
            if (x.IsInfinity || y.IsInfinity) return ExtendedArithmetic.Infinity(y.Negative != x.Negative);
            if (x.IsZero || y.IsZero) return ExtendedArithmetic.Zero(y.Negative != x.Negative);
            if (x.Exponent < -2 || x.Exponent == -2 && x.Significand <= Limit)
                return Inexact(Wide.Multiply(Exact.Of(y), Transcendental.BinaryLogarithmOfOnePlus(x)), ref context);
            FloatContext sum = default;
            Number argument = ExtendedArithmetic.Decode(ExtendedArithmetic.Add(x, Number.Of(1), ref sum));
            return Logarithm.Compute(y, argument, ref context);
        }
    }

    /// <summary>The value just below a tiny operand's magnitude.</summary>
    private static Exact Nearly(in Number a) => new(a.Negative, a.Significand == 1ul << 63 ? a.Exponent - 1 : a.Exponent,
        a.Significand == 1ul << 63 ? UInt128.MaxValue : ((UInt128)a.Significand << 64) - UInt128.One);

    private static Exact BelowOne => new(false, -1, UInt128.MaxValue);

    /// <summary>Rounds a result that no number of the format equals.</summary>
    private static Extended80 Inexact(in Exact value, ref FloatContext context) =>
        ExtendedArithmetic.Rounded(value with { Significand = value.Significand | UInt128.One }, ref context);
}
