namespace Vector20.Machine.Processors.Numbers;

/// <summary>Arithmetic on 128 bits of significand, for functions whose results are then rounded to 64: errors of a few units in the last of the 128 places.</summary>
internal static class Wide
{
    public static Exact One => Of(1);

    public static Exact Zero => default;

    /// <summary>pi / 2, and ln 2, to 128 bits.</summary>
    public static Exact HalfPi => new(false, 0, new UInt128(0xC90F_DAA2_2168_C234, 0xC4C6_628B_80DC_1CD1));

    public static Exact LogOfTwo => new(false, -1, new UInt128(0xB172_17F7_D1CF_79AB, 0xC9E3_B398_03F2_F6AF));

    public static Exact Of(long value) => value == 0 ? default : Exact.Of(Number.Of(value));

    public static Exact Add(in Exact a, in Exact b) => Exact.Add(a, b, Rounding.Nearest);

    public static Exact Subtract(in Exact a, in Exact b) => Add(a, Negate(b));

    public static Exact Negate(in Exact a) => a with { Negative = !a.Negative };

    public static Exact Scale(in Exact a, int power) => a with { Exponent = a.Exponent + power };

    public static Exact Multiply(in Exact a, in Exact b)
    {
        if (a.IsZero || b.IsZero) return new Exact(a.Negative != b.Negative, 0, UInt128.Zero);
        ulong a1 = (ulong)(a.Significand >> 64), a0 = (ulong)a.Significand, b1 = (ulong)(b.Significand >> 64), b0 = (ulong)b.Significand;
        UInt128 low = (UInt128)a0 * b0, first = (UInt128)a1 * b0, second = (UInt128)a0 * b1;
        UInt128 middle = (low >> 64) + (ulong)first + (ulong)second;
        UInt128 high = (UInt128)a1 * b1 + (first >> 64) + (second >> 64) + (middle >> 64);
        int exponent = a.Exponent + b.Exponent + 1;
        if ((high >> 127) == UInt128.Zero)
        {
            high = high << 1 | middle >> 63 & UInt128.One;
            exponent--;
        }

        return new Exact(a.Negative != b.Negative, exponent, high);
    }

    /// <summary>The quotient, bit by bit.</summary>
    public static Exact Divide(in Exact a, in Exact b)
    {
        if (a.IsZero) return new Exact(a.Negative != b.Negative, 0, UInt128.Zero);
        UInt128 rest = a.Significand >> 1, divisor = b.Significand >> 1, quotient = UInt128.Zero;
        for (int i = 0; i < 128; i++)
        {
            quotient <<= 1;
            if (rest >= divisor)
            {
                rest -= divisor;
                quotient |= UInt128.One;
            }

            rest <<= 1;
        }

        int exponent = a.Exponent - b.Exponent;
        quotient = Rounder.Normalize(quotient, ref exponent);
        return new Exact(a.Negative != b.Negative, exponent, quotient);
    }

    /// <summary>The quotient by a small positive integer.</summary>
    public static Exact Divide(in Exact a, uint divisor)
    {
        if (a.IsZero) return a;
        ulong high = (ulong)(a.Significand >> 64), low = (ulong)a.Significand;
        (ulong first, ulong rest) = Math.DivRem(high, divisor);
        (ulong second, rest) = Math.DivRem(rest << 32 | low >> 32, divisor);
        (ulong third, rest) = Math.DivRem(rest << 32 | (uint)low, divisor);
        (ulong fourth, _) = Math.DivRem(rest << 32, divisor);
        UInt128 quotient = new(first, second << 32 | third);
        int exponent = a.Exponent, shift = (int)UInt128.LeadingZeroCount(quotient);
        quotient = Rounder.Normalize(quotient, ref exponent) | (shift <= 32 ? fourth >> 32 - shift : fourth);
        return new Exact(a.Negative, exponent, quotient);
    }

    /// <summary>Nearly the value, for a first guess.</summary>
    public static double ToDouble(in Exact a) => a.IsZero ? 0 : Math.ScaleB((double)(ulong)(a.Significand >> 64), a.Exponent - 63) * (a.Negative ? -1 : 1);

    /// <summary>A value that a double holds.</summary>
    public static Exact FromDouble(double value) => value == 0 ? default : Exact.Of(FloatFormat.Double.Decode(BitConverter.DoubleToUInt64Bits(value)));
}
