using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>AES rounds: the state is 16 bytes, column by column.</summary>
[Manual("1", "12.13", "AESNI and PCLMULQDQ")]
internal static class AesRounds
{
    private static readonly byte[] s_substitution = MakeSubstitution(), s_inverse = Invert(s_substitution);

    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static unsafe Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Aesenc or Mnemonic.Vaesenc => PackedForms.Bind<Encrypt>(i),
        Mnemonic.Aesenclast or Mnemonic.Vaesenclast => PackedForms.Bind<EncryptLast>(i),
        Mnemonic.Aesdec or Mnemonic.Vaesdec => PackedForms.Bind<Decrypt>(i),
        Mnemonic.Aesdeclast or Mnemonic.Vaesdeclast => PackedForms.Bind<DecryptLast>(i),
        Mnemonic.Aesimc or Mnemonic.Vaesimc => UnaryForms.Bind<MixInverse>(i),
        Mnemonic.Aeskeygenassist or Mnemonic.Vaeskeygenassist => ImmediateForms.BindUnary<ExpandKey>(i),
        _ => null,
    };

    [Manual("2A", "3.3", "AESENC—Perform One Round of an AES Encryption Flow")]
    private readonly struct Encrypt : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Mix(Substitute(left, s_substitution, 5), 0x02, 0x03, 0x01, 0x01) ^ right;
    }

    [Manual("2A", "3.3", "AESENCLAST—Perform Last Round of an AES Encryption Flow")]
    private readonly struct EncryptLast : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Substitute(left, s_substitution, 5) ^ right;
    }

    [Manual("2A", "3.3", "AESDEC—Perform One Round of an AES Decryption Flow")]
    private readonly struct Decrypt : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Mix(Substitute(left, s_inverse, 13), 0x0E, 0x0B, 0x0D, 0x09) ^ right;
    }

    [Manual("2A", "3.3", "AESDECLAST—Perform Last Round of an AES Decryption Flow")]
    private readonly struct DecryptLast : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Substitute(left, s_inverse, 13) ^ right;
    }

    [Manual("2A", "3.3", "AESIMC—Perform the AES InvMixColumn Transformation")]
    private readonly struct MixInverse : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Mix(right, 0x0E, 0x0B, 0x0D, 0x09);
    }

    [Manual("2A", "3.3", "AESKEYGENASSIST—AES Round Key Generation Assist")]
    private readonly struct ExpandKey : IPackedImmediate
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right, byte immediate)
        {
            uint first = SubstituteWord(right.AsUInt32()[1]), third = SubstituteWord(right.AsUInt32()[3]);
            return Vector128.Create(first, uint.RotateRight(first, 8) ^ immediate, third, uint.RotateRight(third, 8) ^ immediate).AsByte();
        }
    }

    /// <summary>Shifts rows (byte i comes from byte i * <paramref name="step"/>) and substitutes bytes.</summary>
    private static Vector128<byte> Substitute(Vector128<byte> state, byte[] box, int step)
    {
        Vector128<byte> result = default;
        for (int i = 0; i < 16; i++) result = result.WithElement(i, box[state[i * step & 15]]);
        return result;
    }

    private static uint SubstituteWord(uint word)
    {
        uint result = 0;
        for (int i = 0; i < 32; i += 8) result |= (uint)s_substitution[(byte)(word >> i)] << i;
        return result;
    }

    /// <summary>Multiplies every column by a polynomial: the coefficients for row 0, 1, 2 and 3 of the first result row.</summary>
    private static Vector128<byte> Mix(Vector128<byte> state, byte a, byte b, byte c, byte d)
    {
        ReadOnlySpan<byte> factors = [a, b, c, d];
        Vector128<byte> result = default;
        for (int i = 0; i < 16; i++)
        {
            int sum = 0;
            for (int row = 0; row < 4; row++) sum ^= Multiply(state[i & 12 | row], factors[row - i & 3]);
            result = result.WithElement(i, (byte)sum);
        }

        return result;
    }

    /// <summary>Multiplies in the field of 256 elements modulo x^8 + x^4 + x^3 + x + 1.</summary>
    private static int Multiply(int left, int right)
    {
        int product = 0;
        for (; right != 0; right >>= 1, left = left << 1 ^ (left >> 7) * 0x11B)
            if ((right & 1) != 0) product ^= left;
        return product;
    }

    private static byte[] MakeSubstitution()
    {
        var box = new byte[256];
        for (int value = 0; value < 256; value++)
        {
            int inverse = Enumerable.Range(0, 256).FirstOrDefault(other => Multiply(value, other) == 1);
            byte b = (byte)inverse;
            box[value] = (byte)(b ^ byte.RotateLeft(b, 1) ^ byte.RotateLeft(b, 2) ^ byte.RotateLeft(b, 3) ^ byte.RotateLeft(b, 4) ^ 0x63);
        }

        return box;
    }

    private static byte[] Invert(byte[] box)
    {
        var inverse = new byte[256];
        for (int i = 0; i < 256; i++) inverse[box[i]] = (byte)i;
        return inverse;
    }
}
