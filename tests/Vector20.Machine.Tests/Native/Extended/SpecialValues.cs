using System.Buffers.Binary;

namespace Vector20.Machine.Tests.Native;

/// <summary>Numbers that floating-point arithmetic finds hard: zeros, denormals, infinities, NaNs, neighbours of powers of two, halfway cases.</summary>
internal sealed class SpecialValues(Random random)
{
    private readonly int[] _exponents = new int[8];

    /// <summary>Fills bytes with elements of one format, or with bits at random.</summary>
    public void Fill(Span<byte> bytes)
    {
        int kind = random.Next(6);
        random.NextBytes(bytes);
        for (int i = 0; i < bytes.Length; i += 8)
        {
            Span<byte> eight = bytes[i..];
            if (kind is 0 or 1) for (int j = 0; j < 8; j += 4) BinaryPrimitives.WriteUInt32LittleEndian(eight[j..], (uint)Number(8, 23));
            else if (kind is 2 or 3) BinaryPrimitives.WriteUInt64LittleEndian(eight, Number(11, 52));
            else if (kind == 4) for (int j = 0; j < 8; j += 2) BinaryPrimitives.WriteUInt16LittleEndian(eight[j..], (ushort)Number(5, 10));
        }
    }

    /// <summary>An 80-bit number: mostly proper, sometimes without its integer bit.</summary>
    public (ulong Significand, ushort SignExponent) Extended()
    {
        ulong fraction = Fraction(63);
        int exponent = random.Next(8) switch { 0 => 0, 1 => 0x7FFF, 2 => random.Next(0x8000), 3 => 0x3FFF + random.Next(-70, 70), _ => 0x3FFF + random.Next(-3, 4) };
        bool integer = exponent != 0 || random.Next(4) == 0;
        if (random.Next(40) == 0) integer = !integer;
        if (exponent is 0 or 0x7FFF && random.Next(2) == 0) fraction = random.Next(3) == 0 ? 1ul << 62 : 0;
        return ((integer ? 1ul << 63 : 0) | fraction, (ushort)(exponent | random.Next(2) << 15));
    }

    private ulong Number(int exponentBits, int fractionBits)
    {
        int most = (1 << exponentBits) - 1, middle = most >> 1, last = _exponents[exponentBits & 7];
        int exponent = random.Next(12) switch
        {
            0 or 1 => 0,
            2 => most,
            3 => most - 1 - random.Next(2),
            4 => 1 + random.Next(2),
            5 => random.Next(most + 1),
            6 => Math.Clamp(last + random.Next(-fractionBits - 2, fractionBits + 3), 0, most),
            7 => middle + random.Next(-40, 66),
            _ => middle + random.Next(-2, 3),
        };
        exponent = Math.Clamp(exponent, 0, most);
        _exponents[exponentBits & 7] = exponent;
        ulong fraction = Fraction(fractionBits);
        if ((exponent == 0 || exponent == most) && random.Next(2) == 0) fraction = random.Next(3) == 0 ? 1ul << fractionBits - 1 : 0;
        return (ulong)random.Next(2) << exponentBits + fractionBits | (ulong)exponent << fractionBits | fraction;
    }

    private ulong Fraction(int bits)
    {
        ulong mask = (1ul << bits) - 1;
        return mask & random.Next(6) switch
        {
            0 => 0ul,
            1 => mask,
            2 => 1ul << random.Next(bits),
            3 => mask << random.Next(bits),
            4 => (ulong)random.Next(4) << random.Next(bits),
            _ => (ulong)random.NextInt64(),
        };
    }
}
