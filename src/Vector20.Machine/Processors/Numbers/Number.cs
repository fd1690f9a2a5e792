using System.Numerics;

namespace Vector20.Machine.Processors.Numbers;

/// <summary>What kind of value floating-point bits hold.</summary>
[Manual("1", "4.8.3", "Real Number and Non-number Encodings")]
internal enum ValueKind : byte
{
    Zero,
    Denormal,
    Normal,
    Infinity,
    QuietNaN,
    SignalingNaN,

    /// <summary>An encoding of the extended format that no operation makes: an integer bit that contradicts the exponent.</summary>
    Unsupported,
}

/// <summary>A floating-point value taken apart. A finite one is Significand / 2^63 * 2^Exponent, with bit 63 of the significand set.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Negative">Its sign.</param>
/// <param name="Exponent">The exponent, of finite values other than 0.</param>
/// <param name="Significand">The significand; of a NaN, bit 63 and then its fraction.</param>
internal readonly record struct Number(ValueKind Kind, bool Negative, int Exponent, ulong Significand)
{
    public bool IsNaN => Kind is ValueKind.QuietNaN or ValueKind.SignalingNaN;

    public bool IsZero => Kind == ValueKind.Zero;

    public bool IsInfinity => Kind == ValueKind.Infinity;

    public bool IsDenormal => Kind == ValueKind.Denormal;

    public Number Negated => this with { Negative = !Negative };

    /// <summary>A finite number whose significand, which is not 0, need not have its highest bit set.</summary>
    public static Number Normalized(ValueKind kind, bool negative, int exponent, ulong significand)
    {
        int shift = BitOperations.LeadingZeroCount(significand);
        return new Number(kind, negative, exponent - shift, significand << shift);
    }

    /// <summary>An integer.</summary>
    public static Number Of(long value)
    {
        if (value == 0) return new Number(ValueKind.Zero, false, 0, 0);
        return Normalized(ValueKind.Normal, value < 0, 63, value < 0 ? (ulong)-value : (ulong)value);
    }

    /// <summary>Compares magnitudes of finite numbers.</summary>
    public static int CompareMagnitudes(in Number a, in Number b)
    {
        if (a.IsZero || b.IsZero) return (a.IsZero ? 0 : 1) - (b.IsZero ? 0 : 1);
        return a.Exponent != b.Exponent ? a.Exponent.CompareTo(b.Exponent) : a.Significand.CompareTo(b.Significand);
    }

    /// <summary>Compares two numbers that are not NaNs: negative, 0 or positive.</summary>
    public static int Compare(in Number a, in Number b)
    {
        if (a.IsZero && b.IsZero) return 0;
        if (a.Negative != b.Negative) return a.Negative ? -1 : 1;
        int magnitudes = a.IsInfinity || b.IsInfinity ? (a.IsInfinity ? 1 : 0) - (b.IsInfinity ? 1 : 0) : CompareMagnitudes(a, b);
        return a.Negative ? -magnitudes : magnitudes;
    }
}
