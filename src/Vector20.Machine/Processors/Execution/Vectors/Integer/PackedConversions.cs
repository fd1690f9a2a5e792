using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>Packing with saturation, and sign or zero extension of packed integers.</summary>
[Manual("1", "9.4.4", "Conversion Instructions")]
[Manual("1", "12.10.8", "Packed Integer Format Conversions")]
internal static unsafe class PackedConversions
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Packsswb or Mnemonic.Vpacksswb => PackedForms.Bind<Pack<short, sbyte>, Joined<Pack<short, sbyte>>>(i),
        Mnemonic.Packssdw or Mnemonic.Vpackssdw => PackedForms.Bind<Pack<int, short>, Joined<Pack<int, short>>>(i),
        Mnemonic.Packuswb or Mnemonic.Vpackuswb => PackedForms.Bind<Pack<short, byte>, Joined<Pack<short, byte>>>(i),
        Mnemonic.Packusdw or Mnemonic.Vpackusdw => PackedForms.Bind<Pack<int, ushort>>(i),
        Mnemonic.Pmovsxbw or Mnemonic.Vpmovsxbw => Extension<sbyte, short>(i),
        Mnemonic.Pmovsxbd or Mnemonic.Vpmovsxbd => Extension<sbyte, int>(i),
        Mnemonic.Pmovsxbq or Mnemonic.Vpmovsxbq => Extension<sbyte, long>(i),
        Mnemonic.Pmovsxwd or Mnemonic.Vpmovsxwd => Extension<short, int>(i),
        Mnemonic.Pmovsxwq or Mnemonic.Vpmovsxwq => Extension<short, long>(i),
        Mnemonic.Pmovsxdq or Mnemonic.Vpmovsxdq => Extension<int, long>(i),
        Mnemonic.Pmovzxbw or Mnemonic.Vpmovzxbw => Extension<byte, ushort>(i),
        Mnemonic.Pmovzxbd or Mnemonic.Vpmovzxbd => Extension<byte, uint>(i),
        Mnemonic.Pmovzxbq or Mnemonic.Vpmovzxbq => Extension<byte, ulong>(i),
        Mnemonic.Pmovzxwd or Mnemonic.Vpmovzxwd => Extension<ushort, uint>(i),
        Mnemonic.Pmovzxwq or Mnemonic.Vpmovzxwq => Extension<ushort, ulong>(i),
        Mnemonic.Pmovzxdq or Mnemonic.Vpmovzxdq => Extension<uint, ulong>(i),
        _ => null,
    };

    private readonly struct Pack<TFrom, TTo> : IPacked where TFrom : unmanaged, IBinaryInteger<TFrom> where TTo : unmanaged, IBinaryInteger<TTo>
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right)
        {
            Vector128<byte> result = default;
            int half = Vector128<TFrom>.Count;
            for (int i = 0; i < half; i++)
            {
                Lanes.At<TTo, Vector128<byte>>(ref result, i) = TTo.CreateSaturating(Lanes.At<TFrom, Vector128<byte>>(ref left, i));
                Lanes.At<TTo, Vector128<byte>>(ref result, half + i) = TTo.CreateSaturating(Lanes.At<TFrom, Vector128<byte>>(ref right, i));
            }

            return result;
        }
    }

    /// <summary>Memory is read only as far as there are elements.</summary>
    private static Handler Extension<TFrom, TTo>(in Instruction i)
        where TFrom : unmanaged, IBinaryInteger<TFrom> where TTo : unmanaged, IBinaryInteger<TTo> => (Encodings.Of(i), Encodings.HasMemory(i), i.MemorySize.GetSize()) switch
        {
            (VectorEncoding.Legacy, false, _) => &Extend<TFrom, TTo, InSource>,
            (VectorEncoding.Legacy, true, 2) => &Extend<TFrom, TTo, Part<ushort>>,
            (VectorEncoding.Legacy, true, 4) => &Extend<TFrom, TTo, Part<uint>>,
            (VectorEncoding.Legacy, true, _) => &Extend<TFrom, TTo, Part<ulong>>,
            (VectorEncoding.Vex128, false, _) => &ExtendVex<TFrom, TTo, Vector128<byte>, InSource>,
            (VectorEncoding.Vex128, true, 2) => &ExtendVex<TFrom, TTo, Vector128<byte>, Part<ushort>>,
            (VectorEncoding.Vex128, true, 4) => &ExtendVex<TFrom, TTo, Vector128<byte>, Part<uint>>,
            (VectorEncoding.Vex128, true, _) => &ExtendVex<TFrom, TTo, Vector128<byte>, Part<ulong>>,
            (_, false, _) => &ExtendVex<TFrom, TTo, Vector256<byte>, InSource>,
            (_, true, 4) => &ExtendVex<TFrom, TTo, Vector256<byte>, Part<uint>>,
            (_, true, 8) => &ExtendVex<TFrom, TTo, Vector256<byte>, Part<ulong>>,
            (_, true, _) => &ExtendVex<TFrom, TTo, Vector256<byte>, Whole>,
        };

    private static Outcome Extend<TFrom, TTo, TSource>(Processor p, in Operation op)
        where TFrom : unmanaged, IBinaryInteger<TFrom> where TTo : unmanaged, IBinaryInteger<TTo> where TSource : struct, ISource
    {
        if (!p.UseSse() || !TSource.Get(p, op, out Vector128<byte> source)) return Outcome.Stop;
        p.Xmm(op.Destination) = Extended<TFrom, TTo, Vector128<byte>>(source);
        return Outcome.Continue;
    }

    private static Outcome ExtendVex<TFrom, TTo, TVector, TSource>(Processor p, in Operation op)
        where TFrom : unmanaged, IBinaryInteger<TFrom> where TTo : unmanaged, IBinaryInteger<TTo> where TVector : unmanaged where TSource : struct, ISource
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector128<byte> source)) return Outcome.Stop;
        Vector256<byte> result = default;
        Unsafe.As<Vector256<byte>, TVector>(ref result) = Extended<TFrom, TTo, TVector>(source);
        p.Ymm(op.Destination) = result;
        return Outcome.Continue;
    }

    private static TVector Extended<TFrom, TTo, TVector>(Vector128<byte> source)
        where TFrom : unmanaged, IBinaryInteger<TFrom> where TTo : unmanaged, IBinaryInteger<TTo> where TVector : unmanaged
    {
        TVector result = default;
        for (int i = 0; i < Unsafe.SizeOf<TVector>() / Unsafe.SizeOf<TTo>(); i++)
            Lanes.At<TTo, TVector>(ref result, i) = TTo.CreateTruncating(Lanes.At<TFrom, Vector128<byte>>(ref source, i));
        return result;
    }
}
