namespace Vector20.Machine.Processors.Numbers;

/// <summary>The values of the x87 transcendental functions of finite numbers that are not 0, before rounding.</summary>
[Manual("1", "8.3.10", "Transcendental Instruction Accuracy")]
internal static class Transcendental
{
    /// <summary>sin and cos: with the 66-bit pi that the FPU reduces its argument by.</summary>
    [Manual("1", "8.3.8", "Approximation of Pi")]
    public static (Exact Sine, Exact Cosine) SineCosine(in Number a)
    {
        (Exact rest, int quadrant) = Reduce(a);
        Exact sine = Series.Sine(rest), cosine = Series.Cosine(rest);
        (Exact s, Exact c) = (quadrant & 3) switch
        {
            0 => (sine, cosine),
            1 => (cosine, Wide.Negate(sine)),
            2 => (Wide.Negate(sine), Wide.Negate(cosine)),
            _ => (Wide.Negate(cosine), sine),
        };
        return (a.Negative ? Wide.Negate(s) : s, c);
    }

    /// <summary>2^x - 1, |x| at most 1.</summary>
    public static Exact PowerLessOne(in Number a) => Series.ExponentialLessOne(Wide.Multiply(Exact.Of(a), Wide.LogOfTwo));

    /// <summary>The binary logarithm of a positive number.</summary>
    public static Exact BinaryLogarithm(in Number a)
    {
        const ulong RootOfTwo = 0xB504_F333_F9DE_6484;
        int exponent = a.Significand > RootOfTwo ? a.Exponent + 1 : a.Exponent;
        Exact mantissa = Exact.Of(a) with { Exponent = a.Exponent - exponent };
        Exact difference = Wide.Subtract(mantissa, Wide.One);
        if (difference.IsZero) return Wide.Of(exponent);
        Exact fraction = Wide.Divide(Series.TwiceInverseTangent(Wide.Divide(difference, Wide.Add(mantissa, Wide.One))), Wide.LogOfTwo);
        return Wide.Add(Wide.Of(exponent), fraction);
    }

    /// <summary>The binary logarithm of 1 + x, |x| below 1 - sqrt(2)/2.</summary>
    public static Exact BinaryLogarithmOfOnePlus(in Number a)
    {
        Exact x = Exact.Of(a);
        return Wide.Divide(Series.TwiceInverseTangent(Wide.Divide(x, Wide.Add(x, Wide.Of(2)))), Wide.LogOfTwo);
    }

    /// <summary>The angle of the point (x, y), its sign left out.</summary>
    public static Exact Angle(in Number y, in Number x)
    {
        bool steep = Number.CompareMagnitudes(y, x) > 0;
        Exact tall = Exact.Of(y) with { Negative = false }, broad = Exact.Of(x) with { Negative = false };
        Exact angle = Series.ArcTangent(steep ? Wide.Divide(broad, tall) : Wide.Divide(tall, broad));
        if (steep) angle = Wide.Subtract(Wide.HalfPi, angle);
        return x.Negative ? Wide.Subtract(Wide.Scale(Wide.HalfPi, 1), angle) : angle;
    }

    /// <summary>The rest, at most pi/4, of the magnitude by pi/2, and the quotient's low bits.</summary>
    private static (Exact Reduced, int Quadrant) Reduce(in Number a)
    {
        UInt128 pi = new(3, 0x243F_6A88_85A3_08D3);
        const int PiUnit = -65;
        if (a.Exponent < -2) return (Exact.Of(a) with { Negative = false }, 0);
        UInt128 rest = a.Significand;
        ulong quotient = 0;
        for (int shift = a.Exponent - 63 - PiUnit; shift > 0; shift--)
        {
            rest <<= 1;
            quotient <<= 1;
            while (rest >= pi)
            {
                rest -= pi;
                quotient++;
            }
        }

        bool above = rest << 1 > pi;
        if (above)
        {
            rest = pi - rest;
            quotient++;
        }

        if (rest == UInt128.Zero) return (default, (int)quotient & 3);
        int exponent = 127 + PiUnit;
        UInt128 significand = Rounder.Normalize(rest, ref exponent);
        return (new Exact(above, exponent, significand), (int)quotient & 3);
    }
}
