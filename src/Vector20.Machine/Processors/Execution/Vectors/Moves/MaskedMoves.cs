using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>VMASKMOV and VPMASKMOV: the elements whose mask has the sign bit set; others are not accessed, and load as 0.</summary>
[Manual("2C", "5.3", "VMASKMOV—Conditional SIMD Packed Loads and Stores")]
[Manual("2C", "5.3", "VPMASKMOV—Conditional SIMD Integer Packed Loads and Stores")]
internal static unsafe class MaskedMoves
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Vmaskmovps or Mnemonic.Vpmaskmovd => Bind<int>(i),
        Mnemonic.Vmaskmovpd or Mnemonic.Vpmaskmovq => Bind<long>(i),
        _ => null,
    };

    private static Handler Bind<T>(in Instruction i) where T : unmanaged, IBinaryInteger<T> => (Encodings.Of(i), i.Op0Kind == OpKind.Memory) switch
    {
        (VectorEncoding.Vex128, false) => &Load<T, Vector128<byte>>,
        (VectorEncoding.Vex128, true) => &Store<T, Vector128<byte>>,
        (_, false) => &Load<T, Vector256<byte>>,
        (_, true) => &Store<T, Vector256<byte>>,
    };

    private static Outcome Load<T, TVector>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> where TVector : unmanaged
    {
        if (!p.UseAvx()) return Outcome.Stop;
        Vector256<byte> mask = p.Ymm(op.Source), result = default;
        for (int i = 0; i < Unsafe.SizeOf<TVector>() / Unsafe.SizeOf<T>(); i++)
            if (IsChosen<T>(ref mask, i) && !p.Read(op.Segment, At<T>(p, op, i), out Lanes.At<T, Vector256<byte>>(ref result, i))) return Outcome.Stop;
        p.Ymm(op.Destination) = result;
        return Outcome.Continue;
    }

    /// <summary>Every element is translated before any is written.</summary>
    private static Outcome Store<T, TVector>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> where TVector : unmanaged
    {
        if (!p.UseAvx()) return Outcome.Stop;
        Vector256<byte> mask = p.Ymm(op.Source), value = p.Ymm((int)op.Immediate);
        int count = Unsafe.SizeOf<TVector>() / Unsafe.SizeOf<T>();
        for (int i = 0; i < count; i++)
            if (IsChosen<T>(ref mask, i) && !p.ReadForWrite(op.Segment, At<T>(p, op, i), out T _)) return Outcome.Stop;
        for (int i = 0; i < count; i++)
            if (IsChosen<T>(ref mask, i) && !p.Write(op.Segment, At<T>(p, op, i), Lanes.At<T, Vector256<byte>>(ref value, i))) return Outcome.Stop;
        return Outcome.Continue;
    }

    private static bool IsChosen<T>(ref Vector256<byte> mask, int index) where T : unmanaged, IBinaryInteger<T> => T.IsNegative(Lanes.At<T, Vector256<byte>>(ref mask, index));

    private static ulong At<T>(Processor p, in Operation op, int index) where T : unmanaged
    {
        ulong at = p.EffectiveAddress(op) + (uint)(index * Unsafe.SizeOf<T>());
        return op.AddressSize switch { 8 => at, 4 => (uint)at, _ => (ushort)at };
    }
}
