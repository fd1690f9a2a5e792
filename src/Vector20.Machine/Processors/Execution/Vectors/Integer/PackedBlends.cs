using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>Blends: each element from one of two vectors, by an immediate or by the sign bits of a third vector.</summary>
[Manual("1", "12.10.5", "Packed Blending Instructions")]
internal static unsafe class PackedBlends
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Pblendw or Mnemonic.Vpblendw => ImmediateForms.Bind<ByImmediate<ushort, Same>>(i),
        Mnemonic.Blendps or Mnemonic.Vblendps or Mnemonic.Vpblendd => ImmediateForms.Bind<ByImmediate<uint, Next>>(i),
        Mnemonic.Blendpd or Mnemonic.Vblendpd => ImmediateForms.Bind<ByImmediate<ulong, Next>>(i),
        Mnemonic.Pblendvb => Implicit<sbyte>(i),
        Mnemonic.Blendvps => Implicit<int>(i),
        Mnemonic.Blendvpd => Implicit<long>(i),
        Mnemonic.Vpblendvb => Explicit<sbyte>(i),
        Mnemonic.Vblendvps => Explicit<int>(i),
        Mnemonic.Vblendvpd => Explicit<long>(i),
        _ => null,
    };

    /// <summary>The mask is XMM0.</summary>
    private static Handler Implicit<T>(in Instruction i) where T : unmanaged => Encodings.HasMemory(i) ? &Legacy<T, Aligned> : &Legacy<T, InSource>;

    /// <summary>The mask is the fourth operand.</summary>
    private static Handler Explicit<T>(in Instruction i) where T : unmanaged => (Encodings.Of(i), Encodings.HasMemory(i)) switch
    {
        (VectorEncoding.Vex128, false) => &Vex128<T, BeforeLast>,
        (VectorEncoding.Vex128, true) => &Vex128<T, Whole>,
        (_, false) => &Vex256<T, BeforeLast>,
        (_, true) => &Vex256<T, Whole>,
    };

    private static Outcome Legacy<T, TSource>(Processor p, in Operation op) where T : unmanaged where TSource : struct, ISource
    {
        if (!p.UseSse() || !TSource.Get(p, op, out Vector128<byte> right)) return Outcome.Stop;
        p.Xmm(op.Destination) = Blend<T>(p.Xmm(op.Destination), right, p.Xmm(0));
        return Outcome.Continue;
    }

    private static Outcome Vex128<T, TSource>(Processor p, in Operation op) where T : unmanaged where TSource : struct, ISource
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector128<byte> right)) return Outcome.Stop;
        p.SetXmm(op.Destination, Blend<T>(p.Xmm(op.Source), right, p.Xmm((int)op.Immediate)));
        return Outcome.Continue;
    }

    private static Outcome Vex256<T, TSource>(Processor p, in Operation op) where T : unmanaged where TSource : struct, ISource
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector256<byte> right)) return Outcome.Stop;
        Vector256<byte> left = p.Ymm(op.Source), mask = p.Ymm((int)op.Immediate);
        p.Ymm(op.Destination) = Vector256.Create(Blend<T>(left.GetLower(), right.GetLower(), mask.GetLower()), Blend<T>(left.GetUpper(), right.GetUpper(), mask.GetUpper()));
        return Outcome.Continue;
    }

    private static Vector128<byte> Blend<T>(Vector128<byte> left, Vector128<byte> right, Vector128<byte> mask) where T : unmanaged =>
        Vector128.ConditionalSelect(Vector128.LessThan(mask.As<byte, T>(), Vector128<T>.Zero).AsByte(), right, left);

    /// <summary>Which bits of the immediate are for the upper half.</summary>
    private interface IUpperBits
    {
        static abstract byte Of(byte immediate, int elements);
    }

    private readonly struct Same : IUpperBits
    {
        public static byte Of(byte immediate, int elements) => immediate;
    }

    private readonly struct Next : IUpperBits
    {
        public static byte Of(byte immediate, int elements) => (byte)(immediate >> elements);
    }

    private readonly struct ByImmediate<T, TUpper> : IPackedImmediate where T : unmanaged where TUpper : struct, IUpperBits
    {
        public static byte Upper(byte immediate) => TUpper.Of(immediate, Vector128<T>.Count);

        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right, byte immediate)
        {
            for (int i = 0; i < 16 / Unsafe.SizeOf<T>(); i++)
                if ((immediate >> i & 1) != 0) Lanes.At<T, Vector128<byte>>(ref left, i) = Lanes.At<T, Vector128<byte>>(ref right, i);
            return left;
        }
    }
}
