using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>Shuffles of elements within 128 bits, unpacking of two vectors, blends.</summary>
[Manual("1", "11.4.1.4", "SSE2 Shuffle and Unpack Instructions")]
[Manual("1", "12.10.5", "Packed Blending Instructions")]
internal static class PackedShuffles
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static unsafe Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Pshufb or Mnemonic.Vpshufb => PackedForms.Bind<Bytes, MmxBytes>(i),
        Mnemonic.Pshufd or Mnemonic.Vpshufd => ImmediateForms.BindUnary<Doublewords>(i),
        Mnemonic.Pshufw or Mnemonic.Pshuflw or Mnemonic.Vpshuflw => ImmediateForms.BindUnary<LowWords>(i),
        Mnemonic.Pshufhw or Mnemonic.Vpshufhw => ImmediateForms.BindUnary<HighWords>(i),
        Mnemonic.Shufps or Mnemonic.Vshufps => ImmediateForms.Bind<Singles>(i),
        Mnemonic.Shufpd or Mnemonic.Vshufpd => ImmediateForms.Bind<Doubles>(i),
        Mnemonic.Punpcklbw or Mnemonic.Vpunpcklbw => Unpack<Low<byte>>(i),
        Mnemonic.Punpcklwd or Mnemonic.Vpunpcklwd => Unpack<Low<ushort>>(i),
        Mnemonic.Punpckldq or Mnemonic.Vpunpckldq or Mnemonic.Unpcklps or Mnemonic.Vunpcklps => Unpack<Low<uint>>(i),
        Mnemonic.Punpcklqdq or Mnemonic.Vpunpcklqdq or Mnemonic.Unpcklpd or Mnemonic.Vunpcklpd => PackedForms.Bind<Low<ulong>>(i),
        Mnemonic.Punpckhbw or Mnemonic.Vpunpckhbw => PackedForms.Bind<High<byte>, MmxHigh<byte>>(i),
        Mnemonic.Punpckhwd or Mnemonic.Vpunpckhwd => PackedForms.Bind<High<ushort>, MmxHigh<ushort>>(i),
        Mnemonic.Punpckhdq or Mnemonic.Vpunpckhdq or Mnemonic.Unpckhps or Mnemonic.Vunpckhps => PackedForms.Bind<High<uint>, MmxHigh<uint>>(i),
        Mnemonic.Punpckhqdq or Mnemonic.Vpunpckhqdq or Mnemonic.Unpckhpd or Mnemonic.Vunpckhpd => PackedForms.Bind<High<ulong>>(i),
        _ => null,
    };

    /// <summary>The MMX forms read only the 32 bits from memory that they need.</summary>
    private static unsafe Handler Unpack<TOp>(in Instruction i) where TOp : struct, IPacked =>
        Encodings.Of(i) == VectorEncoding.Mmx && Encodings.HasMemory(i) ? &MmxForms.HalfMemory<TOp> : PackedForms.Bind<TOp>(i);

    private readonly struct Bytes : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Vector128.Shuffle(left, right & Vector128.Create((byte)0x8F));
    }

    private readonly struct MmxBytes : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Vector128.Shuffle(left, right & Vector128.Create((byte)0x87));
    }

    private readonly struct Doublewords : IPackedImmediate
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right, byte immediate) =>
            Vector128.Shuffle(right.AsInt32(), Vector128.Create(immediate & 3, immediate >> 2 & 3, immediate >> 4 & 3, immediate >> 6)).AsByte();
    }

    private readonly struct LowWords : IPackedImmediate
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right, byte immediate) =>
            right.AsUInt64().WithElement(0, Words(right.AsUInt64()[0], immediate)).AsByte();
    }

    private readonly struct HighWords : IPackedImmediate
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right, byte immediate) =>
            right.AsUInt64().WithElement(1, Words(right.AsUInt64()[1], immediate)).AsByte();
    }

    private readonly struct Singles : IPackedImmediate
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right, byte immediate)
        {
            Vector128<uint> a = left.AsUInt32(), b = right.AsUInt32();
            return Vector128.Create(a[immediate & 3], a[immediate >> 2 & 3], b[immediate >> 4 & 3], b[immediate >> 6]).AsByte();
        }
    }

    private readonly struct Doubles : IPackedImmediate
    {
        public static byte Upper(byte immediate) => (byte)(immediate >> 2);

        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right, byte immediate) =>
            Vector128.Create(left.AsUInt64()[immediate & 1], right.AsUInt64()[immediate >> 1 & 1]).AsByte();
    }

    private readonly struct Low<T> : IPacked where T : unmanaged
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Interleave<T>(left, right, 0);
    }

    private readonly struct High<T> : IPacked where T : unmanaged
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Interleave<T>(left, right, Vector128<T>.Count / 2);
    }

    private readonly struct MmxHigh<T> : IPacked where T : unmanaged
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Interleave<T>(left, right, Vector128<T>.Count / 4);
    }

    private static Vector128<byte> Interleave<T>(Vector128<byte> left, Vector128<byte> right, int from) where T : unmanaged
    {
        Vector128<byte> result = default;
        for (int i = 0; i < Vector128<T>.Count / 2; i++)
        {
            Lanes.At<T, Vector128<byte>>(ref result, 2 * i) = Lanes.At<T, Vector128<byte>>(ref left, from + i);
            Lanes.At<T, Vector128<byte>>(ref result, 2 * i + 1) = Lanes.At<T, Vector128<byte>>(ref right, from + i);
        }

        return result;
    }

    private static ulong Words(ulong words, byte order)
    {
        ulong result = 0;
        for (int i = 0; i < 4; i++) result |= (ulong)(ushort)(words >> 16 * (order >> 2 * i & 3)) << 16 * i;
        return result;
    }
}
