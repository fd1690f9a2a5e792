using System.Numerics;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>Packed integer addition and subtraction, wrapping and saturating, averages, absolute values, signs, minimum and maximum.</summary>
[Manual("1", "9.4.1", "Data Transfer Instructions")]
[Manual("1", "11.4.2", "SSE2 64-Bit and 128-Bit SIMD Integer Instructions")]
internal static class PackedArithmetic
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static unsafe Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Paddb or Mnemonic.Vpaddb => PackedForms.Bind<Add<byte>>(i),
        Mnemonic.Paddw or Mnemonic.Vpaddw => PackedForms.Bind<Add<ushort>>(i),
        Mnemonic.Paddd or Mnemonic.Vpaddd => PackedForms.Bind<Add<uint>>(i),
        Mnemonic.Paddq or Mnemonic.Vpaddq => PackedForms.Bind<Add<ulong>>(i),
        Mnemonic.Psubb or Mnemonic.Vpsubb => PackedForms.Bind<Subtract<byte>>(i),
        Mnemonic.Psubw or Mnemonic.Vpsubw => PackedForms.Bind<Subtract<ushort>>(i),
        Mnemonic.Psubd or Mnemonic.Vpsubd => PackedForms.Bind<Subtract<uint>>(i),
        Mnemonic.Psubq or Mnemonic.Vpsubq => PackedForms.Bind<Subtract<ulong>>(i),
        Mnemonic.Paddsb or Mnemonic.Vpaddsb => PackedForms.Bind<AddSaturated<sbyte>>(i),
        Mnemonic.Paddsw or Mnemonic.Vpaddsw => PackedForms.Bind<AddSaturated<short>>(i),
        Mnemonic.Paddusb or Mnemonic.Vpaddusb => PackedForms.Bind<AddSaturated<byte>>(i),
        Mnemonic.Paddusw or Mnemonic.Vpaddusw => PackedForms.Bind<AddSaturated<ushort>>(i),
        Mnemonic.Psubsb or Mnemonic.Vpsubsb => PackedForms.Bind<SubtractSaturated<sbyte>>(i),
        Mnemonic.Psubsw or Mnemonic.Vpsubsw => PackedForms.Bind<SubtractSaturated<short>>(i),
        Mnemonic.Psubusb or Mnemonic.Vpsubusb => PackedForms.Bind<SubtractSaturated<byte>>(i),
        Mnemonic.Psubusw or Mnemonic.Vpsubusw => PackedForms.Bind<SubtractSaturated<ushort>>(i),
        Mnemonic.Pavgb or Mnemonic.Vpavgb => PackedForms.Bind<Average<byte>>(i),
        Mnemonic.Pavgw or Mnemonic.Vpavgw => PackedForms.Bind<Average<ushort>>(i),
        Mnemonic.Pabsb or Mnemonic.Vpabsb => UnaryForms.Bind<Absolute<sbyte>>(i),
        Mnemonic.Pabsw or Mnemonic.Vpabsw => UnaryForms.Bind<Absolute<short>>(i),
        Mnemonic.Pabsd or Mnemonic.Vpabsd => UnaryForms.Bind<Absolute<int>>(i),
        Mnemonic.Psignb or Mnemonic.Vpsignb => PackedForms.Bind<Sign<sbyte>>(i),
        Mnemonic.Psignw or Mnemonic.Vpsignw => PackedForms.Bind<Sign<short>>(i),
        Mnemonic.Psignd or Mnemonic.Vpsignd => PackedForms.Bind<Sign<int>>(i),
        _ => Extremes(i),
    };

    private static unsafe Handler Extremes(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Pminub or Mnemonic.Vpminub => PackedForms.Bind<Minimum<byte>>(i),
        Mnemonic.Pminuw or Mnemonic.Vpminuw => PackedForms.Bind<Minimum<ushort>>(i),
        Mnemonic.Pminud or Mnemonic.Vpminud => PackedForms.Bind<Minimum<uint>>(i),
        Mnemonic.Pminsb or Mnemonic.Vpminsb => PackedForms.Bind<Minimum<sbyte>>(i),
        Mnemonic.Pminsw or Mnemonic.Vpminsw => PackedForms.Bind<Minimum<short>>(i),
        Mnemonic.Pminsd or Mnemonic.Vpminsd => PackedForms.Bind<Minimum<int>>(i),
        Mnemonic.Pmaxub or Mnemonic.Vpmaxub => PackedForms.Bind<Maximum<byte>>(i),
        Mnemonic.Pmaxuw or Mnemonic.Vpmaxuw => PackedForms.Bind<Maximum<ushort>>(i),
        Mnemonic.Pmaxud or Mnemonic.Vpmaxud => PackedForms.Bind<Maximum<uint>>(i),
        Mnemonic.Pmaxsb or Mnemonic.Vpmaxsb => PackedForms.Bind<Maximum<sbyte>>(i),
        Mnemonic.Pmaxsw or Mnemonic.Vpmaxsw => PackedForms.Bind<Maximum<short>>(i),
        Mnemonic.Pmaxsd or Mnemonic.Vpmaxsd => PackedForms.Bind<Maximum<int>>(i),
        _ => null,
    };

    private readonly struct Add<T> : IPacked where T : unmanaged
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => (left.As<byte, T>() + right.As<byte, T>()).AsByte();
    }

    private readonly struct Subtract<T> : IPacked where T : unmanaged
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => (left.As<byte, T>() - right.As<byte, T>()).AsByte();
    }

    private readonly struct AddSaturated<T> : IPacked where T : unmanaged
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Vector128.AddSaturate(left.As<byte, T>(), right.As<byte, T>()).AsByte();
    }

    private readonly struct SubtractSaturated<T> : IPacked where T : unmanaged
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Vector128.SubtractSaturate(left.As<byte, T>(), right.As<byte, T>()).AsByte();
    }

    /// <summary>Rounded up.</summary>
    private readonly struct Average<T> : IPacked where T : unmanaged, IBinaryInteger<T>
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right)
        {
            Vector128<T> a = left.As<byte, T>(), b = right.As<byte, T>();
            return ((a | b) - ((a ^ b) >>> 1)).AsByte();
        }
    }

    private readonly struct Absolute<T> : IPacked where T : unmanaged
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Vector128.Abs(right.As<byte, T>()).AsByte();
    }

    /// <summary>Negated where the other is negative, 0 where it is 0.</summary>
    private readonly struct Sign<T> : IPacked where T : unmanaged
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right)
        {
            Vector128<T> value = left.As<byte, T>(), sign = right.As<byte, T>(), zero = Vector128<T>.Zero;
            Vector128<T> signed = Vector128.ConditionalSelect(Vector128.LessThan(sign, zero), zero - value, value);
            return Vector128.AndNot(signed, Vector128.Equals(sign, zero)).AsByte();
        }
    }

    private readonly struct Minimum<T> : IPacked where T : unmanaged
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Vector128.Min(left.As<byte, T>(), right.As<byte, T>()).AsByte();
    }

    private readonly struct Maximum<T> : IPacked where T : unmanaged
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Vector128.Max(left.As<byte, T>(), right.As<byte, T>()).AsByte();
    }
}
