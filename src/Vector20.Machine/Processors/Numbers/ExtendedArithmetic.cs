namespace Vector20.Machine.Processors.Numbers;

/// <summary>Arithmetic as the x87 FPU does it, in the extended format. Of two NaNs the one with the larger significand is the result.</summary>
[Manual("1", "4.8.3.5", "Operating on SNaNs and QNaNs")]
internal static class ExtendedArithmetic
{
    private const ulong Integer = 1ul << 63, Quiet = 1ul << 62;
    private const int MostExponent = 0x7FFF;

    public static Extended80 DefaultNaN => new(Integer | Quiet, 0xFFFF);

    /// <summary>Takes an encoding apart.</summary>
    [Manual("1", "8.2.2", "Unsupported Double Extended-Precision Floating-Point Encodings and Pseudo-Denormals")]
    public static Number Decode(in Extended80 value)
    {
        bool negative = (value.SignExponent & 0x8000) != 0;
        int exponent = (int)value.SignExponent & MostExponent;
        ulong significand = value.Significand;
        if (exponent == 0)
        {
            if (significand == 0) return new Number(ValueKind.Zero, negative, 0, 0);
            return Number.Normalized(ValueKind.Denormal, negative, FloatFormat.Extended.Smallest, significand);
        }

        if ((significand & Integer) == 0) return new Number(ValueKind.Unsupported, negative, 0, significand);
        if (exponent != MostExponent) return new Number(ValueKind.Normal, negative, exponent - FloatFormat.Extended.Bias, significand);
        if (significand == Integer) return new Number(ValueKind.Infinity, negative, 0, 0);
        return new Number((significand & Quiet) != 0 ? ValueKind.QuietNaN : ValueKind.SignalingNaN, negative, 0, significand);
    }

    /// <summary>A number that the format holds exactly; a NaN becomes quiet.</summary>
    public static Extended80 Encode(in Number number)
    {
        ulong sign = number.Negative ? 0x8000u : 0;
        return number.Kind switch
        {
            ValueKind.Zero => new Extended80(0, sign),
            ValueKind.Infinity => Infinity(number.Negative),
            ValueKind.QuietNaN or ValueKind.SignalingNaN => new Extended80(number.Significand | Quiet, sign | MostExponent),
            ValueKind.Unsupported => DefaultNaN,
            _ => new Extended80(number.Significand, sign | (uint)(number.Exponent + FloatFormat.Extended.Bias)),
        };
    }

    public static Extended80 Infinity(bool negative) => new(Integer, negative ? 0xFFFFu : 0x7FFF);

    public static Extended80 Zero(bool negative) => new(0, negative ? 0x8000u : 0);

    public static Extended80 Invalid(ref FloatContext context)
    {
        context.Raised |= FloatExceptions.Invalid;
        return DefaultNaN;
    }

    public static Extended80 Rounded(in Exact exact, ref FloatContext context) =>
        exact.IsZero ? Zero(exact.Negative) : Rounder.RoundExtended(exact.Negative, exact.Exponent, exact.Significand, ref context);

    public static Extended80 Add(in Number a, in Number b, ref FloatContext context)
    {
        if (!AreNumbers(a, b, ref context, out Extended80 result)) return result;
        if (a.IsInfinity && b.IsInfinity && a.Negative != b.Negative) return Invalid(ref context);
        VectorArithmetic.Denormals(a, b, ref context);
        if (a.IsInfinity || b.IsInfinity) return Infinity(a.IsInfinity ? a.Negative : b.Negative);
        return Rounded(Exact.Add(Exact.Of(a), Exact.Of(b), context.Rounding), ref context);
    }

    /// <summary>The difference. A NaN keeps its sign.</summary>
    public static Extended80 Subtract(in Number a, in Number b, ref FloatContext context) => Add(a, b.IsNaN ? b : b.Negated, ref context);

    public static Extended80 Multiply(in Number a, in Number b, ref FloatContext context)
    {
        if (!AreNumbers(a, b, ref context, out Extended80 result)) return result;
        if (a.IsInfinity && b.IsZero || a.IsZero && b.IsInfinity) return Invalid(ref context);
        VectorArithmetic.Denormals(a, b, ref context);
        return a.IsInfinity || b.IsInfinity ? Infinity(a.Negative != b.Negative) : Rounded(Exact.Multiply(a, b), ref context);
    }

    public static Extended80 Divide(in Number a, in Number b, ref FloatContext context)
    {
        if (!AreNumbers(a, b, ref context, out Extended80 result)) return result;
        if (a.IsInfinity && b.IsInfinity || a.IsZero && b.IsZero) return Invalid(ref context);
        bool negative = a.Negative != b.Negative;
        if (b.IsZero && !a.IsInfinity)
        {
            context.Raised |= FloatExceptions.ZeroDivide;
            return Infinity(negative);
        }

        VectorArithmetic.Denormals(a, b, ref context);
        if (a.IsInfinity) return Infinity(negative);
        return b.IsInfinity || a.IsZero ? Zero(negative) : Rounded(Exact.Divide(a, b), ref context);
    }

    public static Extended80 SquareRoot(in Number a, ref FloatContext context)
    {
        if (!IsNumber(a, ref context, out Extended80 result)) return result;
        if (a.IsZero) return Zero(a.Negative);
        if (a.Negative) return Invalid(ref context);
        VectorArithmetic.Denormals(a, a, ref context);
        return a.IsInfinity ? Infinity(false) : Rounded(Exact.SquareRoot(a), ref context);
    }

    /// <summary>How two operands compare. NaNs that are quiet are invalid only if the comparison signals.</summary>
    public static Relation Compare(in Number a, in Number b, bool signals, ref FloatContext context)
    {
        bool ordered = !a.IsNaN && !b.IsNaN && a.Kind != ValueKind.Unsupported && b.Kind != ValueKind.Unsupported;
        if (!ordered)
        {
            bool quiet = a.Kind is not (ValueKind.SignalingNaN or ValueKind.Unsupported) && b.Kind is not (ValueKind.SignalingNaN or ValueKind.Unsupported);
            if (signals || !quiet) context.Raised |= FloatExceptions.Invalid;
            return Relation.Unordered;
        }

        VectorArithmetic.Denormals(a, b, ref context);
        return Number.Compare(a, b) switch { < 0 => Relation.Less, 0 => Relation.Equal, _ => Relation.Greater };
    }

    /// <summary>False if an operand is a NaN, or no number at all: the result then.</summary>
    public static bool IsNumber(in Number a, ref FloatContext context, out Extended80 result) => AreNumbers(a, a, ref context, out result);

    /// <summary>As <see cref="IsNumber"/>, of two: a quiet NaN goes before a signaling one, else the larger significand, else the positive one.</summary>
    public static bool AreNumbers(in Number a, in Number b, ref FloatContext context, out Extended80 result)
    {
        result = default;
        if (a.Kind == ValueKind.Unsupported || b.Kind == ValueKind.Unsupported)
        {
            result = Invalid(ref context);
            return false;
        }

        if (!a.IsNaN && !b.IsNaN) return true;
        if (a.Kind == ValueKind.SignalingNaN || b.Kind == ValueKind.SignalingNaN) context.Raised |= FloatExceptions.Invalid;
        result = Encode(!b.IsNaN ? a : !a.IsNaN ? b : Chosen(a, b));
        return false;
    }

    private static Number Chosen(in Number a, in Number b)
    {
        if (a.Kind != b.Kind) return a.Kind == ValueKind.QuietNaN ? a : b;
        if (a.Significand != b.Significand) return a.Significand > b.Significand ? a : b;
        return a.Negative ? b : a;
    }
}
