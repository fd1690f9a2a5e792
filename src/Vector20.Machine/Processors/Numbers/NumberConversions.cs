namespace Vector20.Machine.Processors.Numbers;

/// <summary>Conversions between formats and to and from integers.</summary>
internal static class NumberConversions
{
    /// <summary>From one format to another. A NaN keeps as much of its payload as fits.</summary>
    public static ulong Convert(FloatFormat from, FloatFormat to, ulong bits, bool signalsDenormals, ref FloatContext context)
    {
        if (!VectorArithmetic.Operand(from, bits, ref context, out Number number, out _)) return to.QuietNaN(number);
        if (number.IsInfinity) return to.Infinity(number.Negative);
        if (number.IsZero) return to.Zero(number.Negative);
        if (signalsDenormals) VectorArithmetic.Denormals(number, number, ref context);
        return VectorArithmetic.Rounded(to, Exact.Of(number), ref context);
    }

    /// <summary>A signed integer in a format.</summary>
    public static ulong FromInteger(FloatFormat to, long value, ref FloatContext context)
    {
        Number number = Number.Of(value);
        return number.IsZero ? to.Zero(false) : VectorArithmetic.Rounded(to, Exact.Of(number), ref context);
    }

    /// <summary>A number as a signed integer of a width; the integer indefinite, and invalid, for what has none.</summary>
    [Manual("1", "4.8.4", "Rounding")]
    [Manual("1", "11.5.2.1", "Invalid Operation Exception (#I)")]
    public static long ToInteger(in Number number, int bits, Rounding rounding, ref FloatContext context)
    {
        long indefinite = long.MinValue >> 64 - bits;
        if (number.IsZero) return 0;
        bool fits = number.Kind is ValueKind.Normal or ValueKind.Denormal && number.Exponent < bits;
        bool inexact = false, up = false;
        ulong magnitude = fits ? ToIntegral(number, rounding, out inexact, out up) : 0;
        ulong most = (1ul << bits - 1) - (number.Negative ? 0u : 1u);
        if (!fits || magnitude > most)
        {
            context.Raised |= FloatExceptions.Invalid;
            return indefinite;
        }

        context.RoundedUp = up;
        if (inexact) context.Raised |= FloatExceptions.Precision;
        return number.Negative ? -(long)magnitude : (long)magnitude;
    }

    /// <summary>The magnitude of a finite number below 2^64, rounded to an integer.</summary>
    public static ulong ToIntegral(in Number number, Rounding rounding, out bool inexact, out bool up)
    {
        int dropped = 63 - number.Exponent;
        UInt128 wide = Rounder.ShiftRightJamming((UInt128)number.Significand << 64, dropped);
        ulong whole = (ulong)(wide >> 64), rest = (ulong)wide;
        inexact = rest != 0;
        up = rounding switch
        {
            Rounding.Nearest => rest > 1ul << 63 || rest == 1ul << 63 && (whole & 1) != 0,
            Rounding.Down => inexact && number.Negative,
            Rounding.Up => inexact && !number.Negative,
            _ => false,
        };
        return up ? whole + 1 : whole;
    }
}
