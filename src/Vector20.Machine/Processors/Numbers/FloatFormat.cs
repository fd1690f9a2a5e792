namespace Vector20.Machine.Processors.Numbers;

/// <summary>A binary floating-point format: what its bits mean.</summary>
/// <param name="Precision">Bits of significand, the integer bit among them.</param>
/// <param name="ExponentBits">Bits of biased exponent.</param>
[Manual("1", "4.2.2", "Floating-Point Data Types")]
internal readonly record struct FloatFormat(int Precision, int ExponentBits)
{
    public static FloatFormat Half => new(11, 5);

    public static FloatFormat Single => new(24, 8);

    public static FloatFormat Double => new(53, 11);

    public static FloatFormat Extended => new(64, 15);

    public int FractionBits => Precision - 1;

    public int Bias => (1 << ExponentBits - 1) - 1;

    /// <summary>The exponent of the smallest normal number.</summary>
    public int Smallest => 1 - Bias;

    /// <summary>The exponent of the largest finite number.</summary>
    public int Largest => Bias;

    private int MostExponent => (1 << ExponentBits) - 1;

    private ulong FractionMask => (1ul << FractionBits) - 1;

    public ulong QuietBit => 1ul << FractionBits - 1;

    /// <summary>The default NaN, or QNaN floating-point indefinite.</summary>
    [Manual("1", "4.8.3.7", "QNaN Floating-Point Indefinite")]
    public ulong DefaultNaN => Encode(true, MostExponent, QuietBit);

    public ulong Infinity(bool negative) => Encode(negative, MostExponent, 0);

    public ulong LargestFinite(bool negative) => Encode(negative, MostExponent - 1, FractionMask);

    public ulong Zero(bool negative) => Encode(negative, 0, 0);

    /// <summary>Puts the fields together. A fraction with one bit too many carries into the exponent.</summary>
    public ulong Encode(bool negative, int exponent, ulong fraction) =>
        (negative ? 1ul << FractionBits + ExponentBits : 0) + ((ulong)(uint)exponent << FractionBits) + fraction;

    /// <summary>Takes the fields apart. Not for the extended format, whose integer bit is explicit.</summary>
    public Number Decode(ulong bits)
    {
        bool negative = (bits >> FractionBits + ExponentBits & 1) != 0;
        int exponent = (int)(bits >> FractionBits) & MostExponent;
        ulong fraction = bits & FractionMask;
        if (exponent == MostExponent)
        {
            if (fraction == 0) return new Number(ValueKind.Infinity, negative, 0, 0);
            return new Number((fraction & QuietBit) != 0 ? ValueKind.QuietNaN : ValueKind.SignalingNaN, negative, 0, 1ul << 63 | fraction << 63 - FractionBits);
        }

        if (exponent != 0) return new Number(ValueKind.Normal, negative, exponent - Bias, 1ul << 63 | fraction << 63 - FractionBits);
        return fraction == 0 ? new Number(ValueKind.Zero, negative, 0, 0) : Number.Normalized(ValueKind.Denormal, negative, Smallest, fraction << 63 - FractionBits);
    }

    /// <summary>A NaN's bits, made quiet; a payload too long loses its low bits.</summary>
    public ulong QuietNaN(in Number nan) => Encode(nan.Negative, MostExponent, nan.Significand << 1 >> 64 - FractionBits | QuietBit);
}
