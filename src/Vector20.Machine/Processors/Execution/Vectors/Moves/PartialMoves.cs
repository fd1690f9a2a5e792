using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>Moves of scalars and of halves of XMM registers.</summary>
[Manual("1", "10.4.1.1", "SSE Data Movement Instructions")]
[Manual("1", "11.4.1.1", "SSE2 Data Movement Instructions")]
[Manual("1", "12.3.3", "SIMD Floating-Point LOAD/MOVE/DUPLICATE Instructions")]
internal static class PartialMoves
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static unsafe Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Movss or Mnemonic.Vmovss => Scalar<uint>(i),
        Mnemonic.Movsd or Mnemonic.Vmovsd when !i.IsStringInstruction => Scalar<ulong>(i),
        Mnemonic.Movlps or Mnemonic.Movlpd or Mnemonic.Vmovlps or Mnemonic.Vmovlpd =>
            i.Op0Kind == OpKind.Memory ? MoveForms.BindStore<ulong>(i) : PackedForms.BindNarrow<MergeLow<ulong>, ulong>(i),
        Mnemonic.Movhps or Mnemonic.Movhpd or Mnemonic.Vmovhps or Mnemonic.Vmovhpd =>
            i.Op0Kind == OpKind.Memory ? MoveForms.BindStoreHigh(i) : PackedForms.BindNarrow<LowToHigh, ulong>(i),
        Mnemonic.Movlhps or Mnemonic.Vmovlhps => PackedForms.Bind<LowToHigh>(i),
        Mnemonic.Movhlps or Mnemonic.Vmovhlps => PackedForms.Bind<HighToLow>(i),
        Mnemonic.Movddup or Mnemonic.Vmovddup => UnaryForms.BindNarrow<DuplicateLow, ulong>(i),
        Mnemonic.Movshdup or Mnemonic.Vmovshdup => UnaryForms.Bind<DuplicateOdd>(i),
        Mnemonic.Movsldup or Mnemonic.Vmovsldup => UnaryForms.Bind<DuplicateEven>(i),
        _ => null,
    };

    private static unsafe Handler Scalar<T>(in Instruction i) where T : unmanaged
    {
        if (i.Op0Kind == OpKind.Memory) return MoveForms.BindStore<T>(i);
        return Encodings.HasMemory(i) ? MoveForms.BindLoad<T>(i) : PackedForms.Bind<MergeLow<T>>(i);
    }

    private readonly struct MergeLow<T> : IPacked where T : unmanaged
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => left.As<byte, T>().WithElement(0, right.As<byte, T>().ToScalar()).AsByte();
    }

    private readonly struct LowToHigh : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => left.WithUpper(right.GetLower());
    }

    private readonly struct HighToLow : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => left.WithLower(right.GetUpper());
    }

    private readonly struct DuplicateLow : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Vector128.Create(right.GetLower(), right.GetLower());
    }

    private readonly struct DuplicateOdd : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Vector128.Shuffle(right.AsInt32(), Vector128.Create(1, 1, 3, 3)).AsByte();
    }

    private readonly struct DuplicateEven : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Vector128.Shuffle(right.AsInt32(), Vector128.Create(0, 0, 2, 2)).AsByte();
    }
}
