namespace Vector20.Machine.Processors.Numbers;

/// <summary>A result before rounding: bit 127 of its significand is set, and the lowest bit stands for all that follow; or it is 0.</summary>
/// <param name="Negative">The sign.</param>
/// <param name="Exponent">The exponent of bit 127.</param>
/// <param name="Significand">The significand; 0 for an exact zero.</param>
internal readonly record struct Exact(bool Negative, int Exponent, UInt128 Significand)
{
    public bool IsZero => Significand == UInt128.Zero;

    public static Exact Of(in Number number) => new(number.Negative, number.Exponent, (UInt128)number.Significand << 64);

    /// <summary>The sum of two finite numbers. An exact zero of different signs takes the sign that the rounding mode gives.</summary>
    public static Exact Add(in Exact a, in Exact b, Rounding rounding)
    {
        if (a.IsZero && b.IsZero) return a.Negative == b.Negative ? a : new Exact(rounding == Rounding.Down, 0, UInt128.Zero);
        if (b.IsZero) return a;
        if (a.IsZero) return b;
        bool swap = a.Exponent < b.Exponent || a.Exponent == b.Exponent && a.Significand < b.Significand;
        Exact large = swap ? b : a, small = swap ? a : b;
        UInt128 high = large.Significand >> 1, low = Rounder.ShiftRightJamming(small.Significand >> 1 | small.Significand & UInt128.One, large.Exponent - small.Exponent);
        high |= large.Significand & UInt128.One;
        UInt128 sum = large.Negative == small.Negative ? high + low : high - low;
        if (sum == UInt128.Zero) return new Exact(rounding == Rounding.Down, 0, UInt128.Zero);
        int exponent = large.Exponent + 1;
        sum = Rounder.Normalize(sum, ref exponent);
        return new Exact(large.Negative, exponent, sum);
    }

    /// <summary>The product of two finite numbers.</summary>
    public static Exact Multiply(in Number a, in Number b)
    {
        bool negative = a.Negative != b.Negative;
        if (a.IsZero || b.IsZero) return new Exact(negative, 0, UInt128.Zero);
        int exponent = a.Exponent + b.Exponent + 1;
        UInt128 product = Rounder.Normalize((UInt128)a.Significand * b.Significand, ref exponent);
        return new Exact(negative, exponent, product);
    }

    /// <summary>The quotient of two finite numbers, neither of them 0.</summary>
    public static Exact Divide(in Number a, in Number b)
    {
        UInt128 dividend = (UInt128)a.Significand << 63, divisor = b.Significand;
        (UInt128 high, UInt128 rest) = UInt128.DivRem(dividend, divisor);
        (UInt128 low, rest) = UInt128.DivRem(rest << 63, divisor);
        int exponent = a.Exponent - b.Exponent + 1;
        UInt128 quotient = Rounder.Normalize(high << 63 | low, ref exponent);
        return new Exact(a.Negative != b.Negative, exponent, rest == UInt128.Zero ? quotient : quotient | UInt128.One);
    }

    /// <summary>The square root of a positive number: bit by bit, 66 of them and what is left.</summary>
    public static Exact SquareRoot(in Number a)
    {
        bool odd = (a.Exponent & 1) != 0;
        UInt128 radicand = (UInt128)a.Significand << (odd ? 64 : 63), root = UInt128.Zero, rest = UInt128.Zero;
        for (int i = 0; i < 66; i++)
        {
            rest = rest << 2 | radicand >> 126;
            radicand <<= 2;
            UInt128 trial = root << 2 | UInt128.One;
            root <<= 1;
            if (rest < trial) continue;
            rest -= trial;
            root |= UInt128.One;
        }

        int exponent = (a.Exponent - (odd ? 1 : 0)) / 2 + 62;
        root = Rounder.Normalize(root, ref exponent);
        return new Exact(false, exponent, rest == UInt128.Zero ? root : root | UInt128.One);
    }
}
