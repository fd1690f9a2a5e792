using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>VGATHER and VPGATHER: elements from addresses that a vector of indexes makes, where the mask has the sign bit set.</summary>
[Manual("2C", "5.3", "VGATHERDPS/VGATHERQPS—Gather Packed Single Precision Floating-Point Values Using Signed Dword/Qword Indices")]
[Manual("2C", "5.3", "VPGATHERDD/VPGATHERQD—Gather Packed Dword Values Using Signed Dword/Qword Indices")]
internal static unsafe class Gathers
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Vgatherdps or Mnemonic.Vpgatherdd => Bind<int, int>(i),
        Mnemonic.Vgatherdpd or Mnemonic.Vpgatherdq => Bind<int, long>(i),
        Mnemonic.Vgatherqps or Mnemonic.Vpgatherqd => Bind<long, int>(i),
        Mnemonic.Vgatherqpd or Mnemonic.Vpgatherqq => Bind<long, long>(i),
        _ => null,
    };

    private static Handler Bind<TIndex, T>(in Instruction i) where TIndex : unmanaged, IBinaryInteger<TIndex> where T : unmanaged, IBinaryInteger<T>
    {
        int count = Math.Min(i.Op0Register.GetSize() / Unsafe.SizeOf<T>(), i.MemoryIndex.GetSize() / Unsafe.SizeOf<TIndex>());
        return count switch
        {
            2 => &Gather<TIndex, T, Two>,
            4 => &Gather<TIndex, T, Four>,
            _ => &Gather<TIndex, T, Eight>,
        };
    }

    /// <summary>The mask is made all ones or zeros first. Then element by element from the lowest: when one faults, those before it are done and their masks cleared, and the instruction goes on from there.</summary>
    private static Outcome Gather<TIndex, T, TCount>(Processor p, in Operation op)
        where TIndex : unmanaged, IBinaryInteger<TIndex> where T : unmanaged, IBinaryInteger<T> where TCount : struct, ICount
    {
        if (!p.UseAvx()) return Outcome.Stop;
        Vector256<byte> indexes = p.Ymm((int)op.Immediate);
        ref Vector256<byte> result = ref p.Ymm(op.Destination), mask = ref p.Ymm(op.Source);
        for (int i = 0; i < TCount.Count; i++)
        {
            ref T element = ref Lanes.At<T, Vector256<byte>>(ref mask, i);
            element = T.IsNegative(element) ? T.AllBitsSet : T.Zero;
        }

        for (int i = 0; i < TCount.Count; i++)
        {
            ref T chosen = ref Lanes.At<T, Vector256<byte>>(ref mask, i);
            if (!T.IsNegative(chosen)) continue;
            if (!p.Read(op.Segment, Address(p, op, long.CreateTruncating(Lanes.At<TIndex, Vector256<byte>>(ref indexes, i))), out T value)) return Outcome.Stop;
            Lanes.At<T, Vector256<byte>>(ref result, i) = value;
            chosen = default;
        }

        for (int i = TCount.Count; i < Vector256<T>.Count; i++) Lanes.At<T, Vector256<byte>>(ref result, i) = default;
        mask = default;
        return Outcome.Continue;
    }

    private static ulong Address(Processor p, in Operation op, long index)
    {
        ulong at = p.EffectiveAddress(op) + ((ulong)index << op.Scale);
        return op.AddressSize switch { 8 => at, 4 => (uint)at, _ => (ushort)at };
    }

    private interface ICount
    {
        static abstract int Count { get; }
    }

    private readonly struct Two : ICount
    {
        public static int Count => 2;
    }

    private readonly struct Four : ICount
    {
        public static int Count => 4;
    }

    private readonly struct Eight : ICount
    {
        public static int Count => 8;
    }
}
