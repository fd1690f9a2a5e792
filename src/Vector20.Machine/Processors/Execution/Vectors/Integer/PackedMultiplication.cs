using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>Packed integer multiplication, multiply-and-add, sums of absolute differences.</summary>
[Manual("1", "9.4.2", "Arithmetic Instructions")]
[Manual("1", "12.6", "SSSE3 Instructions")]
internal static class PackedMultiplication
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static unsafe Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Pmullw or Mnemonic.Vpmullw => PackedForms.Bind<Low<short>>(i),
        Mnemonic.Pmulld or Mnemonic.Vpmulld => PackedForms.Bind<Low<int>>(i),
        Mnemonic.Pmulhw or Mnemonic.Vpmulhw => PackedForms.Bind<High>(i),
        Mnemonic.Pmulhuw or Mnemonic.Vpmulhuw => PackedForms.Bind<HighUnsigned>(i),
        Mnemonic.Pmulhrsw or Mnemonic.Vpmulhrsw => PackedForms.Bind<HighRounded>(i),
        Mnemonic.Pmuludq or Mnemonic.Vpmuludq => PackedForms.Bind<WideUnsigned>(i),
        Mnemonic.Pmuldq or Mnemonic.Vpmuldq => PackedForms.Bind<Wide>(i),
        Mnemonic.Pmaddwd or Mnemonic.Vpmaddwd => PackedForms.Bind<AddWords>(i),
        Mnemonic.Pmaddubsw or Mnemonic.Vpmaddubsw => PackedForms.Bind<AddBytes>(i),
        Mnemonic.Psadbw or Mnemonic.Vpsadbw => PackedForms.Bind<AbsoluteDifferences>(i),
        Mnemonic.Mpsadbw or Mnemonic.Vmpsadbw => ImmediateForms.Bind<MultipleAbsoluteDifferences>(i),
        Mnemonic.Phminposuw or Mnemonic.Vphminposuw => UnaryForms.Bind<SmallestWord>(i),
        _ => null,
    };

    private readonly struct Low<T> : IPacked where T : unmanaged
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => (left.As<byte, T>() * right.As<byte, T>()).AsByte();
    }

    private readonly struct High : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right)
        {
            (Vector128<int> low, Vector128<int> high) = Products(left.AsInt16(), right.AsInt16());
            return Vector128.Narrow(low >> 16, high >> 16).AsByte();
        }
    }

    private readonly struct HighUnsigned : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right)
        {
            (Vector128<uint> a, Vector128<uint> b) = Vector128.Widen(left.AsUInt16());
            (Vector128<uint> c, Vector128<uint> d) = Vector128.Widen(right.AsUInt16());
            return Vector128.Narrow(a * c >>> 16, b * d >>> 16).AsByte();
        }
    }

    private readonly struct HighRounded : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right)
        {
            (Vector128<int> low, Vector128<int> high) = Products(left.AsInt16(), right.AsInt16());
            return Vector128.Narrow((low >> 14) + Vector128<int>.One >> 1, (high >> 14) + Vector128<int>.One >> 1).AsByte();
        }
    }

    private readonly struct WideUnsigned : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right)
        {
            Vector128<ulong> low = Vector128.Create((ulong)uint.MaxValue);
            return ((left.AsUInt64() & low) * (right.AsUInt64() & low)).AsByte();
        }
    }

    private readonly struct Wide : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => ((left.AsInt64() << 32 >> 32) * (right.AsInt64() << 32 >> 32)).AsByte();
    }

    private readonly struct AddWords : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right)
        {
            Vector128<int> a = left.AsInt32(), b = right.AsInt32();
            return ((a << 16 >> 16) * (b << 16 >> 16) + (a >> 16) * (b >> 16)).AsByte();
        }
    }

    /// <summary>Unsigned bytes of the first by signed bytes of the second operand; the sum saturates.</summary>
    private readonly struct AddBytes : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right)
        {
            Vector128<short> a = left.AsInt16(), b = right.AsInt16();
            return Vector128.AddSaturate((a & Vector128.Create((short)0xFF)) * (b << 8 >> 8), (a >>> 8) * (b >> 8)).AsByte();
        }
    }

    private readonly struct AbsoluteDifferences : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right)
        {
            Vector128<byte> difference = Vector128.Max(left, right) - Vector128.Min(left, right);
            return Vector128.Create((ulong)Sum(difference, 0, 8), Sum(difference, 8, 8)).AsByte();
        }
    }

    /// <summary>Bits 1:0 choose four bytes of the second operand, bit 2 the first byte of the first; bits 5:3 do for the upper half.</summary>
    [Manual("2B", "4.3", "MPSADBW—Compute Multiple Packed Sums of Absolute Difference")]
    private readonly struct MultipleAbsoluteDifferences : IPackedImmediate
    {
        public static byte Upper(byte immediate) => (byte)(immediate >> 3);

        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right, byte immediate)
        {
            int start = immediate & 4, block = (immediate & 3) * 4;
            Vector128<ushort> sums = default;
            for (int i = 0; i < 8; i++)
            {
                int sum = 0;
                for (int j = 0; j < 4; j++) sum += Math.Abs(left[start + i + j] - right[block + j]);
                sums = sums.WithElement(i, (ushort)sum);
            }

            return sums.AsByte();
        }
    }

    /// <summary>The smallest word and its index.</summary>
    [Manual("2B", "4.3", "PHMINPOSUW—Packed Horizontal Word Minimum")]
    private readonly struct SmallestWord : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right)
        {
            Vector128<ushort> words = right.AsUInt16();
            int at = 0;
            for (int i = 1; i < 8; i++)
                if (words[i] < words[at]) at = i;
            return Vector128.CreateScalar((uint)words[at] | (uint)at << 16).AsByte();
        }
    }

    private static (Vector128<int> Low, Vector128<int> High) Products(Vector128<short> left, Vector128<short> right) =>
        (Vector128.WidenLower(left) * Vector128.WidenLower(right), Vector128.WidenUpper(left) * Vector128.WidenUpper(right));

    private static uint Sum(Vector128<byte> bytes, int from, int count)
    {
        uint sum = 0;
        for (int i = from; i < from + count; i++) sum += bytes[i];
        return sum;
    }
}
