namespace Vector20.Machine.Processors.Numbers;

/// <summary>Elementary functions by their series, to about 120 bits.</summary>
internal static class Series
{
    private const int Enough = 130;

    /// <summary>sin x, |x| below 1.</summary>
    public static Exact Sine(in Exact x) => Alternating(x, x, 1);

    /// <summary>cos x, |x| below 1.</summary>
    public static Exact Cosine(in Exact x) => Alternating(x, Wide.One, 0);

    /// <summary>e^x - 1, |x| below 1.</summary>
    public static Exact ExponentialLessOne(in Exact x)
    {
        Exact sum = x, term = x;
        for (uint n = 2; Matters(term, sum); n++)
        {
            term = Wide.Divide(Wide.Multiply(term, x), n);
            sum = Wide.Add(sum, term);
        }

        return sum;
    }

    /// <summary>2 artanh z, which is ln((1 + z) / (1 - z)), |z| below 1/5.</summary>
    public static Exact TwiceInverseTangent(in Exact z)
    {
        Exact square = Wide.Multiply(z, z), sum = z, power = z, term = z;
        for (uint n = 3; Matters(term, sum); n += 2)
        {
            power = Wide.Multiply(power, square);
            term = Wide.Divide(power, n);
            sum = Wide.Add(sum, term);
        }

        return Wide.Scale(sum, 1);
    }

    /// <summary>arctan t, t from 0 to 1: a first guess turned back by the rotation that it is.</summary>
    public static Exact ArcTangent(in Exact t)
    {
        Exact guess = Wide.FromDouble(Math.Atan(Wide.ToDouble(t)));
        if (t.Exponent < -40) return SmallArcTangent(t);
        Exact sine = Sine(guess), cosine = Cosine(guess);
        Exact rest = Wide.Divide(Wide.Subtract(Wide.Multiply(t, cosine), sine), Wide.Add(cosine, Wide.Multiply(t, sine)));
        return Wide.Add(guess, SmallArcTangent(rest));
    }

    /// <summary>x - x^3/3 + x^5/5, enough for |x| below 2^-30.</summary>
    private static Exact SmallArcTangent(in Exact x)
    {
        Exact square = Wide.Multiply(x, x), cube = Wide.Multiply(x, square);
        return Wide.Add(Wide.Subtract(x, Wide.Divide(cube, 3)), Wide.Divide(Wide.Multiply(cube, square), 5));
    }

    private static Exact Alternating(in Exact x, in Exact first, uint start)
    {
        Exact square = Wide.Negate(Wide.Multiply(x, x)), sum = first, term = first;
        for (uint n = start; Matters(term, sum); n += 2)
        {
            term = Wide.Divide(Wide.Multiply(term, square), (n + 1) * (n + 2));
            sum = Wide.Add(sum, term);
        }

        return sum;
    }

    private static bool Matters(in Exact term, in Exact sum) => !term.IsZero && term.Exponent > sum.Exponent - Enough;
}
