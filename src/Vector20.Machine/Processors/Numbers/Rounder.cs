using System.Numerics;

namespace Vector20.Machine.Processors.Numbers;

/// <summary>Rounds an exact value to a format, with overflow, underflow and inexact results as the manual has them.</summary>
[Manual("1", "4.9.1.4", "Numeric Overflow Exception (#O)")]
[Manual("1", "4.9.1.5", "Numeric Underflow Exception (#U)")]
[Manual("1", "4.9.1.6", "Inexact-Result (Precision) Exception (#P)")]
internal static class Rounder
{
    private const int ExtendedScale = 24576;

    /// <summary>Rounds to a format of at most 64 bits. Bit 127 of the significand is set; the lowest bit stands for all that follow.</summary>
    public static ulong Round(FloatFormat format, bool negative, int exponent, UInt128 significand, ref FloatContext context)
    {
        Result result = ToPrecision(format, format.Precision, negative, exponent, significand, ref context);
        return result.Kind switch
        {
            ResultKind.Infinity => format.Infinity(negative),
            ResultKind.Largest => format.LargestFinite(negative),
            _ => format.Encode(negative, result.BiasedExponent, result.Significand >> 64 - format.Precision & (1ul << format.FractionBits) - 1),
        };
    }

    /// <summary>Rounds to the extended format, at the precision that is in force.</summary>
    public static Extended80 RoundExtended(bool negative, int exponent, UInt128 significand, ref FloatContext context)
    {
        int precision = context.PrecisionControl == 0 ? 64 : context.PrecisionControl;
        Result result = ToPrecision(FloatFormat.Extended, precision, negative, exponent, significand, ref context);
        ulong sign = negative ? 0x8000u : 0u;
        return result.Kind switch
        {
            ResultKind.Infinity => new Extended80(1ul << 63, sign | 0x7FFF),
            ResultKind.Largest => new Extended80(ulong.MaxValue << 64 - precision, sign | 0x7FFE),
            _ => new Extended80(result.Significand, sign | (uint)result.BiasedExponent & 0x7FFF),
        };
    }

    private enum ResultKind
    {
        Finite,
        Infinity,
        Largest,
    }

    /// <summary>A rounded magnitude: its significand has bit 63 set unless it is denormal or 0.</summary>
    private readonly record struct Result(ResultKind Kind, int BiasedExponent, ulong Significand);

    private static Result ToPrecision(FloatFormat format, int precision, bool negative, int exponent, UInt128 significand, ref FloatContext context)
    {
        context.RoundedUp = false;
        if (exponent < format.Smallest && Tiny(format, precision, negative, exponent, significand, ref context, out Result tiny)) return tiny;
        ulong rounded = Cut(significand, precision, negative, ref context, out bool inexact, out bool carries);
        if (carries) exponent++;
        if (exponent > format.Largest) return Overflow(format, negative, exponent, rounded, inexact, ref context);
        if (inexact) context.Raised |= FloatExceptions.Precision;
        return new Result(ResultKind.Finite, exponent + format.Bias, rounded);
    }

    /// <summary>
    /// A value below the smallest normal number: tiny, unless rounding as if exponents had no limit takes it there. Masked, it is
    /// rounded as a denormal number and signals underflow if that is inexact; unmasked, it signals even if exact.
    /// </summary>
    [Manual("1", "4.9.1.5", "Numeric Underflow Exception (#U)")]
    private static bool Tiny(FloatFormat format, int precision, bool negative, int exponent, UInt128 significand, ref FloatContext context, out Result result)
    {
        FloatContext unlimited = context;
        ulong rounded = Cut(significand, precision, negative, ref unlimited, out bool inexact, out bool carries);
        bool tiny = exponent < format.Smallest - 1 || !carries;
        result = default;
        if (tiny && context.Unmasks(FloatExceptions.Underflow))
        {
            context.RoundedUp = unlimited.RoundedUp;
            context.Raised |= FloatExceptions.Underflow | (inexact ? FloatExceptions.Precision : 0);
            result = new Result(ResultKind.Finite, exponent + (carries ? 1 : 0) + format.Bias + (context.ScalesExponents ? ExtendedScale : 0), rounded);
            return true;
        }

        if (tiny && context.FlushesToZero)
        {
            context.Raised |= FloatExceptions.Underflow | FloatExceptions.Precision;
            return true;
        }

        UInt128 denormal = ShiftRightJamming(significand, format.Smallest - exponent);
        rounded = Cut(denormal, precision, negative, ref context, out inexact, out carries);
        if (inexact) context.Raised |= FloatExceptions.Precision | (tiny ? FloatExceptions.Underflow : 0);
        result = new Result(ResultKind.Finite, (long)rounded < 0 ? 1 : 0, rounded);
        return true;
    }

    [Manual("1", "4.9.1.4", "Numeric Overflow Exception (#O)")]
    private static Result Overflow(FloatFormat format, bool negative, int exponent, ulong rounded, bool inexact, ref FloatContext context)
    {
        context.Raised |= FloatExceptions.Overflow;
        if (context.Unmasks(FloatExceptions.Overflow))
        {
            if (inexact) context.Raised |= FloatExceptions.Precision;
            return new Result(ResultKind.Finite, exponent + format.Bias - (context.ScalesExponents ? ExtendedScale : 0), rounded);
        }

        context.Raised |= FloatExceptions.Precision;
        context.RoundedUp = context.Rounding == Rounding.Nearest || context.Rounding == (negative ? Rounding.Down : Rounding.Up);
        return new Result(context.RoundedUp ? ResultKind.Infinity : ResultKind.Largest, 0, 0);
    }

    /// <summary>Rounds to the highest bits. A carry out of them leaves bit 63 alone set.</summary>
    private static ulong Cut(UInt128 significand, int precision, bool negative, ref FloatContext context, out bool inexact, out bool carries)
    {
        ulong high = (ulong)(significand >> 64), low = (ulong)significand;
        int dropped = 64 - precision;
        ulong mask = dropped == 0 ? 0 : (1ul << dropped) - 1, rest = high & mask;
        ulong kept = high & ~mask, unit = mask + 1;
        inexact = (rest | low) != 0;
        bool half = dropped == 0 ? (long)low < 0 : (rest >> dropped - 1) != 0;
        bool beyondHalf = dropped == 0 ? low << 1 != 0 : ((rest << 1 & mask) | low) != 0;
        bool up = context.Rounding switch
        {
            Rounding.Nearest => half && (beyondHalf || (kept & unit) != 0),
            Rounding.Down => inexact && negative,
            Rounding.Up => inexact && !negative,
            _ => false,
        };
        context.RoundedUp = up;
        ulong result = up ? kept + unit : kept;
        carries = up && result < kept;
        return carries ? 1ul << 63 : result;
    }

    /// <summary>Shifts right; bits that leave stay as a lowest bit of 1.</summary>
    public static UInt128 ShiftRightJamming(UInt128 value, int count)
    {
        if (count <= 0) return value;
        if (count >= 128) return value == UInt128.Zero ? UInt128.Zero : UInt128.One;
        UInt128 shifted = value >> count;
        return shifted << count == value ? shifted : shifted | UInt128.One;
    }

    /// <summary>Moves the highest set bit, which there is, to bit 127.</summary>
    public static UInt128 Normalize(UInt128 value, ref int exponent)
    {
        int shift = (int)UInt128.LeadingZeroCount(value);
        exponent -= shift;
        return value << shift;
    }
}
