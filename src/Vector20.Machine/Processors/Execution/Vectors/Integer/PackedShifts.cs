using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>Packed shifts: by one count for all elements, by an immediate, each element by its own; of whole vectors by bytes.</summary>
[Manual("1", "9.4.7", "Shift Instructions")]
internal static class PackedShifts
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static unsafe Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Psllw or Mnemonic.Vpsllw => Shift<Left<ushort>>(i),
        Mnemonic.Pslld or Mnemonic.Vpslld => Shift<Left<uint>>(i),
        Mnemonic.Psllq or Mnemonic.Vpsllq => Shift<Left<ulong>>(i),
        Mnemonic.Psrlw or Mnemonic.Vpsrlw => Shift<Right<ushort>>(i),
        Mnemonic.Psrld or Mnemonic.Vpsrld => Shift<Right<uint>>(i),
        Mnemonic.Psrlq or Mnemonic.Vpsrlq => Shift<Right<ulong>>(i),
        Mnemonic.Psraw or Mnemonic.Vpsraw => Shift<RightSigned<short>>(i),
        Mnemonic.Psrad or Mnemonic.Vpsrad => Shift<RightSigned<int>>(i),
        Mnemonic.Pslldq or Mnemonic.Vpslldq => ImmediateForms.BindUnary<LeftBytes>(i),
        Mnemonic.Psrldq or Mnemonic.Vpsrldq => ImmediateForms.BindUnary<RightBytes>(i),
        Mnemonic.Palignr or Mnemonic.Vpalignr => AlignRight.Bind(i),
        Mnemonic.Vpsllvd => PackedForms.Bind<Each<Left<uint>, uint>>(i),
        Mnemonic.Vpsllvq => PackedForms.Bind<Each<Left<ulong>, ulong>>(i),
        Mnemonic.Vpsrlvd => PackedForms.Bind<Each<Right<uint>, uint>>(i),
        Mnemonic.Vpsrlvq => PackedForms.Bind<Each<Right<ulong>, ulong>>(i),
        Mnemonic.Vpsravd => PackedForms.Bind<Each<RightSigned<int>, int>>(i),
        _ => null,
    };

    private static unsafe Handler Shift<TOp>(in Instruction i) where TOp : struct, IShift =>
        i.GetOpKind(i.OpCount - 1) == OpKind.Immediate8 ? ImmediateForms.BindUnary<ByImmediate<TOp>>(i) : PackedForms.BindWithCount<ByVector<TOp>>(i);

    /// <summary>Shifts every element; a count of the width or more shifts all of it out.</summary>
    private interface IShift
    {
        static abstract Vector128<byte> Shift(Vector128<byte> value, ulong count);
    }

    private readonly struct Left<T> : IShift where T : unmanaged
    {
        public static Vector128<byte> Shift(Vector128<byte> value, ulong count) => count >= 8u * (uint)Unsafe.SizeOf<T>() ? default : (value.As<byte, T>() << (int)count).AsByte();
    }

    private readonly struct Right<T> : IShift where T : unmanaged
    {
        public static Vector128<byte> Shift(Vector128<byte> value, ulong count) => count >= 8u * (uint)Unsafe.SizeOf<T>() ? default : (value.As<byte, T>() >>> (int)count).AsByte();
    }

    private readonly struct RightSigned<T> : IShift where T : unmanaged
    {
        public static Vector128<byte> Shift(Vector128<byte> value, ulong count) => (value.As<byte, T>() >> (int)Math.Min(count, 8u * (uint)Unsafe.SizeOf<T>() - 1)).AsByte();
    }

    private readonly struct ByImmediate<TOp> : IPackedImmediate where TOp : struct, IShift
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right, byte immediate) => TOp.Shift(right, immediate);
    }

    private readonly struct ByVector<TOp> : IPacked where TOp : struct, IShift
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => TOp.Shift(left, right.AsUInt64().ToScalar());
    }

    private readonly struct Each<TOp, T> : IPacked where TOp : struct, IShift where T : unmanaged, IBinaryInteger<T>
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right)
        {
            Vector128<byte> result = default;
            ulong mask = ulong.MaxValue >> 64 - 8 * Unsafe.SizeOf<T>();
            for (int i = 0; i < Vector128<T>.Count; i++)
            {
                Vector128<byte> one = TOp.Shift(left, ulong.CreateTruncating(right.As<byte, T>()[i]) & mask);
                result = result.As<byte, T>().WithElement(i, one.As<byte, T>()[i]).AsByte();
            }

            return result;
        }
    }

    private readonly struct LeftBytes : IPackedImmediate
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right, byte immediate) =>
            immediate > 15 ? default : Vector128.Shuffle(right, Vector128<byte>.Indices - Vector128.Create(immediate));
    }

    private readonly struct RightBytes : IPackedImmediate
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right, byte immediate) =>
            immediate > 15 ? default : Vector128.Shuffle(right, Vector128<byte>.Indices + Vector128.Create(immediate));
    }
}
