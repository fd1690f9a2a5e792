namespace Vector20.Machine.Processors.Numbers;

/// <summary>Arithmetic as SSE and AVX instructions do it, on the bits of one element. Of two NaNs the first operand is the result.</summary>
[Manual("1", "4.8.3.5", "Operating on SNaNs and QNaNs")]
[Manual("1", "11.5.2", "SIMD Floating-Point Exception Conditions")]
internal static class VectorArithmetic
{
    public static ulong Add(FloatFormat format, ulong left, ulong right, bool subtract, ref FloatContext context)
    {
        if (!Operands(format, left, right, ref context, out Number a, out Number b, out ulong result)) return result;
        if (subtract) b = b.Negated;
        if (a.IsInfinity && b.IsInfinity && a.Negative != b.Negative) return Invalid(format, ref context);
        Denormals(a, b, ref context);
        if (a.IsInfinity || b.IsInfinity) return format.Infinity(a.IsInfinity ? a.Negative : b.Negative);
        return Rounded(format, Exact.Add(Exact.Of(a), Exact.Of(b), context.Rounding), ref context);
    }

    public static ulong Multiply(FloatFormat format, ulong left, ulong right, ref FloatContext context)
    {
        if (!Operands(format, left, right, ref context, out Number a, out Number b, out ulong result)) return result;
        if (a.IsInfinity && b.IsZero || a.IsZero && b.IsInfinity) return Invalid(format, ref context);
        Denormals(a, b, ref context);
        if (a.IsInfinity || b.IsInfinity) return format.Infinity(a.Negative != b.Negative);
        return Rounded(format, Exact.Multiply(a, b), ref context);
    }

    public static ulong Divide(FloatFormat format, ulong left, ulong right, ref FloatContext context)
    {
        if (!Operands(format, left, right, ref context, out Number a, out Number b, out ulong result)) return result;
        if (a.IsInfinity && b.IsInfinity || a.IsZero && b.IsZero) return Invalid(format, ref context);
        bool negative = a.Negative != b.Negative;
        if (b.IsZero && !a.IsInfinity)
        {
            context.Raised |= FloatExceptions.ZeroDivide;
            return format.Infinity(negative);
        }

        Denormals(a, b, ref context);
        if (a.IsInfinity) return format.Infinity(negative);
        return b.IsInfinity || a.IsZero ? format.Zero(negative) : Rounded(format, Exact.Divide(a, b), ref context);
    }

    public static ulong SquareRoot(FloatFormat format, ulong operand, ref FloatContext context)
    {
        if (!Operand(format, operand, ref context, out Number a, out ulong result)) return result;
        if (a.IsZero) return format.Zero(a.Negative);
        if (a.Negative) return Invalid(format, ref context);
        Denormals(a, a, ref context);
        return a.IsInfinity ? format.Infinity(false) : Rounded(format, Exact.SquareRoot(a), ref context);
    }

    /// <summary>a * b + c with one rounding.</summary>
    [Manual("1", "14.5.2", "Fused-Multiply-ADD (FMA) Numeric Behavior")]
    public static ulong MultiplyAdd(FloatFormat format, ulong left, ulong right, ulong addend, bool negatesProduct, bool negatesAddend, ref FloatContext context)
    {
        bool first = Operands(format, left, right, ref context, out Number a, out Number b, out ulong result);
        bool second = Operand(format, addend, ref context, out Number c, out ulong other);
        if (!first) return result;
        if (!second) return other;
        if (a.IsInfinity && b.IsZero || a.IsZero && b.IsInfinity) return Invalid(format, ref context);
        bool negative = a.Negative != b.Negative != negatesProduct;
        if (negatesAddend) c = c.Negated;
        bool infinite = a.IsInfinity || b.IsInfinity;
        if (infinite && c.IsInfinity && negative != c.Negative) return Invalid(format, ref context);
        Denormals(a, b, ref context);
        Denormals(c, c, ref context);
        if (infinite) return format.Infinity(negative);
        if (c.IsInfinity) return format.Infinity(c.Negative);
        Exact product = Exact.Multiply(a, b) with { Negative = negative };
        return Rounded(format, Exact.Add(product, Exact.Of(c), context.Rounding), ref context);
    }

    /// <summary>The smaller or the greater; the second operand if both are zeros or either is a NaN, which is always invalid.</summary>
    [Manual("2B", "4.3", "MINPS—Minimum of Packed Single Precision Floating-Point Values")]
    [Manual("2B", "4.3", "MAXPS—Maximum of Packed Single Precision Floating-Point Values")]
    public static ulong Extreme(FloatFormat format, ulong left, ulong right, bool greater, ref FloatContext context)
    {
        Number a = Decode(format, left, context), b = Decode(format, right, context);
        if (a.IsNaN || b.IsNaN)
        {
            context.Raised |= FloatExceptions.Invalid;
            return b.IsZero ? format.Zero(b.Negative) : right;
        }

        Denormals(a, b, ref context);
        int order = Number.Compare(a, b);
        bool first = greater ? order > 0 : order < 0;
        Number chosen = first ? a : b;
        return chosen.IsZero ? format.Zero(chosen.Negative) : first ? left : right;
    }

    /// <summary>How two elements compare. A quiet NaN is invalid only if the comparison signals.</summary>
    public static Relation Compare(FloatFormat format, ulong left, ulong right, bool signals, ref FloatContext context)
    {
        Number a = Decode(format, left, context), b = Decode(format, right, context);
        if (a.IsNaN || b.IsNaN)
        {
            if (signals || a.Kind == ValueKind.SignalingNaN || b.Kind == ValueKind.SignalingNaN) context.Raised |= FloatExceptions.Invalid;
            return Relation.Unordered;
        }

        Denormals(a, b, ref context);
        return Number.Compare(a, b) switch { < 0 => Relation.Less, 0 => Relation.Equal, _ => Relation.Greater };
    }

    public static Number Decode(FloatFormat format, ulong bits, in FloatContext context)
    {
        Number number = format.Decode(bits);
        return number.IsDenormal && context.DenormalsAreZeros ? new Number(ValueKind.Zero, number.Negative, 0, 0) : number;
    }

    public static ulong Invalid(FloatFormat format, ref FloatContext context)
    {
        context.Raised |= FloatExceptions.Invalid;
        return format.DefaultNaN;
    }

    public static ulong Rounded(FloatFormat format, in Exact exact, ref FloatContext context) => 
        exact.IsZero ? format.Zero(exact.Negative) : Rounder.Round(format, exact.Negative, exact.Exponent, exact.Significand, ref context);

    public static void Denormals(in Number a, in Number b, ref FloatContext context)
    {
        if (a.IsDenormal || b.IsDenormal) context.Raised |= FloatExceptions.Denormal;
    }

    /// <summary>Decodes an operand; false if it is a NaN, which then is the result.</summary>
    public static bool Operand(FloatFormat format, ulong bits, ref FloatContext context, out Number number, out ulong result)
    {
        number = Decode(format, bits, context);
        result = bits | format.QuietBit;
        if (number.Kind == ValueKind.SignalingNaN) context.Raised |= FloatExceptions.Invalid;
        return !number.IsNaN;
    }

    private static bool Operands(FloatFormat format, ulong left, ulong right, ref FloatContext context, out Number a, out Number b, out ulong result)
    {
        bool first = Operand(format, left, ref context, out a, out result), second = Operand(format, right, ref context, out b, out ulong other);
        if (first) result = other;
        return first && second;
    }
}

/// <summary>How two numbers compare.</summary>
[Flags]
internal enum Relation : byte
{
    Never = 0,
    Less = 1,
    Equal = 2,
    Greater = 4,
    Unordered = 8,
}
