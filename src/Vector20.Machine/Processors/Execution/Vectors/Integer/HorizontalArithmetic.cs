using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>PHADD and PHSUB: sums and differences of neighbours, first those of the first operand, then those of the second.</summary>
[Manual("1", "12.6.1", "Horizontal Addition/Subtraction")]
internal static class HorizontalArithmetic
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static unsafe Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Phaddw or Mnemonic.Vphaddw => Bind<short, Add>(i),
        Mnemonic.Phaddd or Mnemonic.Vphaddd => Bind<int, Add>(i),
        Mnemonic.Phaddsw or Mnemonic.Vphaddsw => Bind<short, AddSaturated>(i),
        Mnemonic.Phsubw or Mnemonic.Vphsubw => Bind<short, Subtract>(i),
        Mnemonic.Phsubd or Mnemonic.Vphsubd => Bind<int, Subtract>(i),
        Mnemonic.Phsubsw or Mnemonic.Vphsubsw => Bind<short, SubtractSaturated>(i),
        _ => null,
    };

    private static unsafe Handler Bind<T, TOp>(in Instruction i) where T : unmanaged, IBinaryInteger<T> where TOp : struct, IPair =>
        PackedForms.Bind<Horizontal<T, TOp>, Joined<Horizontal<T, TOp>>>(i);

    private interface IPair
    {
        static abstract T Of<T>(T first, T second) where T : unmanaged, IBinaryInteger<T>;
    }

    private readonly struct Horizontal<T, TOp> : IPacked where T : unmanaged, IBinaryInteger<T> where TOp : struct, IPair
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right)
        {
            Vector128<byte> result = default;
            int half = 8 / Unsafe.SizeOf<T>();
            for (int i = 0; i < half; i++)
            {
                Lanes.At<T, Vector128<byte>>(ref result, i) = TOp.Of(Lanes.At<T, Vector128<byte>>(ref left, 2 * i), Lanes.At<T, Vector128<byte>>(ref left, 2 * i + 1));
                Lanes.At<T, Vector128<byte>>(ref result, half + i) = TOp.Of(Lanes.At<T, Vector128<byte>>(ref right, 2 * i), Lanes.At<T, Vector128<byte>>(ref right, 2 * i + 1));
            }

            return result;
        }
    }

    private readonly struct Add : IPair
    {
        public static T Of<T>(T first, T second) where T : unmanaged, IBinaryInteger<T> => first + second;
    }

    private readonly struct Subtract : IPair
    {
        public static T Of<T>(T first, T second) where T : unmanaged, IBinaryInteger<T> => first - second;
    }

    private readonly struct AddSaturated : IPair
    {
        public static T Of<T>(T first, T second) where T : unmanaged, IBinaryInteger<T> => T.CreateSaturating(long.CreateTruncating(first) + long.CreateTruncating(second));
    }

    private readonly struct SubtractSaturated : IPair
    {
        public static T Of<T>(T first, T second) where T : unmanaged, IBinaryInteger<T> => T.CreateSaturating(long.CreateTruncating(first) - long.CreateTruncating(second));
    }
}
