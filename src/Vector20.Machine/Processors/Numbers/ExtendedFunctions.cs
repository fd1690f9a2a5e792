namespace Vector20.Machine.Processors.Numbers;

/// <summary>Rounding to an integer, scaling, remainders in the extended format.</summary>
internal static class ExtendedFunctions
{
    private const int QuotientBits = 64;

    /// <summary>FRNDINT.</summary>
    [Manual("2A", "3.3", "FRNDINT—Round to Integer")]
    public static Extended80 RoundToInteger(in Number a, ref FloatContext context)
    {
        if (!ExtendedArithmetic.IsNumber(a, ref context, out Extended80 result)) return result;
        if (a.IsZero || a.IsInfinity) return ExtendedArithmetic.Encode(a);
        VectorArithmetic.Denormals(a, a, ref context);
        if (a.Exponent >= 63) return ExtendedArithmetic.Encode(a);
        ulong magnitude = NumberConversions.ToIntegral(a, context.Rounding, out bool inexact, out context.RoundedUp);
        if (inexact) context.Raised |= FloatExceptions.Precision;
        return magnitude == 0 ? ExtendedArithmetic.Zero(a.Negative) : ExtendedArithmetic.Encode(Number.Normalized(ValueKind.Normal, a.Negative, 63, magnitude));
    }

    /// <summary>FSCALE: a times 2 to the power of b truncated.</summary>
    [Manual("2A", "3.3", "FSCALE—Scale")]
    public static Extended80 Scale(in Number a, in Number b, ref FloatContext context)
    {
        if (!ExtendedArithmetic.AreNumbers(a, b, ref context, out Extended80 result)) return result;
        if (b.IsInfinity && (b.Negative ? a.IsInfinity : a.IsZero)) return ExtendedArithmetic.Invalid(ref context);
        VectorArithmetic.Denormals(a, b, ref context);
        if (a.IsZero || a.IsInfinity) return ExtendedArithmetic.Encode(a);
        if (b.IsInfinity) return b.Negative ? ExtendedArithmetic.Zero(a.Negative) : ExtendedArithmetic.Infinity(a.Negative);
        int power = b.IsZero || b.Exponent < 0 ? 0 : b.Exponent > 16 ? 1 << 17 : (int)NumberConversions.ToIntegral(b, Rounding.TowardZero, out _, out _);
        FloatContext whole = context with { PrecisionControl = 0 };
        int exponent = a.Exponent + (b.Negative ? -power : power);
        if (Massive(exponent, context, out FloatExceptions raised))
        {
            context.Raised |= raised;
            context.RoundedUp = !b.Negative;
            return b.Negative ? ExtendedArithmetic.Zero(a.Negative) : ExtendedArithmetic.Infinity(a.Negative);
        }

        result = ExtendedArithmetic.Rounded(Exact.Of(a) with { Exponent = exponent }, ref whole);
        context.Raised = whole.Raised;
        context.RoundedUp = whole.RoundedUp;
        return result;
    }

    /// <summary>Whether unmasked overflow or underflow is such that not even a scaled exponent holds the result.</summary>
    [Manual("1", "8.5.4", "Numeric Overflow Exception (#O)")]
    [Manual("1", "8.5.5", "Numeric Underflow Exception (#U)")]
    private static bool Massive(int exponent, in FloatContext context, out FloatExceptions raised)
    {
        const int Scaled = 24576;
        bool over = context.Unmasks(FloatExceptions.Overflow) && exponent > FloatFormat.Extended.Largest + Scaled;
        bool under = context.Unmasks(FloatExceptions.Underflow) && exponent < FloatFormat.Extended.Smallest - Scaled;
        raised = FloatExceptions.Precision | (over ? FloatExceptions.Overflow : FloatExceptions.Underflow);
        return over || under;
    }

    /// <summary>
    /// FPREM and FPREM1: the remainder of a / b by a truncated quotient, or by the nearest one; exact. If the exponents are too far apart, the
    /// dividend is reduced a part of the way.
    /// </summary>
    /// <param name="a">The dividend.</param>
    /// <param name="b">The divisor.</param>
    /// <param name="nearest">Whether the quotient is rounded to nearest.</param>
    /// <param name="quotient">The low bits of the quotient.</param>
    /// <param name="partial">Whether the reduction is not complete.</param>
    /// <param name="context">Exceptions.</param>
    [Manual("2A", "3.3", "FPREM—Partial Remainder")]
    [Manual("2A", "3.3", "FPREM1—Partial Remainder")]
    public static Extended80 Remainder(in Number a, in Number b, bool nearest, out uint quotient, out bool partial, ref FloatContext context)
    {
        quotient = 0;
        partial = false;
        if (!ExtendedArithmetic.AreNumbers(a, b, ref context, out Extended80 result)) return result;
        if (a.IsInfinity || b.IsZero) return ExtendedArithmetic.Invalid(ref context);
        VectorArithmetic.Denormals(a, b, ref context);
        if (a.IsZero || b.IsInfinity) return ExtendedArithmetic.Rounded(a.IsZero ? new Exact(a.Negative, 0, UInt128.Zero) : Exact.Of(a), ref Whole(ref context));
        int distance = a.Exponent - b.Exponent;
        partial = distance >= QuotientBits;
        int steps = partial ? 32 + (distance & 31) : Math.Max(distance + 1, 0);
        UInt128 rest = a.Significand;
        int exponent = a.Exponent;
        if (distance < 0)
        {
            if (distance < -1 || !nearest) return ExtendedArithmetic.Rounded(Exact.Of(a), ref Whole(ref context));
            exponent = b.Exponent;
            return Adjusted(rest, (UInt128)b.Significand << 1, exponent - 1, a.Negative, ref quotient, ref context);
        }

        ulong whole = 0;
        for (int i = 0; i < steps; i++)
        {
            if (i > 0) rest <<= 1;
            whole <<= 1;
            if (rest < b.Significand) continue;
            rest -= b.Significand;
            whole |= 1;
        }

        exponent = a.Exponent - (steps - 1);
        quotient = (uint)whole;
        if (nearest && !partial) return Adjusted(rest, b.Significand, exponent, a.Negative, ref quotient, ref context);
        return Finished(rest, exponent, a.Negative, ref context);
    }

    /// <summary>Takes one more divisor away if what is left is more than half of it, or half and the quotient odd.</summary>
    private static Extended80 Adjusted(UInt128 rest, UInt128 divisor, int exponent, bool negative, ref uint quotient, ref FloatContext context)
    {
        UInt128 twice = rest << 1;
        if (twice < divisor || twice == divisor && (quotient & 1) == 0) return Finished(rest, exponent, negative, ref context);
        quotient++;
        return Finished(divisor - rest, exponent, !negative, ref context);
    }

    /// <summary>A remainder in units of 2^(exponent - 63).</summary>
    private static Extended80 Finished(UInt128 rest, int exponent, bool negative, ref FloatContext context)
    {
        if (rest == UInt128.Zero) return ExtendedArithmetic.Zero(negative);
        exponent += 64;
        UInt128 significand = Rounder.Normalize(rest, ref exponent);
        return ExtendedArithmetic.Rounded(new Exact(negative, exponent, significand), ref Whole(ref context));
    }

    /// <summary>A remainder fits into the full precision whatever the precision control says.</summary>
    private static ref FloatContext Whole(ref FloatContext context)
    {
        context.PrecisionControl = 0;
        return ref context;
    }
}
