using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>MUL and IMUL with one, two and three operands; MULX.</summary>
/// <remarks>Undefined by the manual, chosen here: SF, ZF and PF are those of the product's lower half, AF is 0.</remarks>
[Manual("2B", "4.3", "MUL—Unsigned Multiply")]
[Manual("2A", "3.3", "IMUL—Signed Multiply")]
[Manual("2B", "4.3", "MULX—Unsigned Multiply Without Affecting Flags")]
internal static unsafe class Multiplication
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Mul => Wide<Unsigned>(i),
        Mnemonic.Imul when i.OpCount == 1 => Wide<Signed>(i),
        Mnemonic.Imul when i.OpCount == 2 => OperandForms.Binary<SignedTruncated>(i),
        Mnemonic.Imul => ThreeOperandForms.Bind<SignedTruncated>(i),
        Mnemonic.Mulx => i.Op0Register.GetSize() == 4 ? MultiplyWithoutFlags<uint>(i) : MultiplyWithoutFlags<ulong>(i),
        _ => null,
    };

    private static Handler Wide<TProduct>(in Instruction i) where TProduct : struct, IProduct => OperandForms.WidthOf(i) switch
    {
        1 => Wide<TProduct, byte>(i),
        2 => Wide<TProduct, ushort>(i),
        4 => Wide<TProduct, uint>(i),
        _ => Wide<TProduct, ulong>(i),
    };

    private static Handler Wide<TProduct, T>(in Instruction i) where TProduct : struct, IProduct where T : unmanaged, IBinaryInteger<T> =>
        i.Op0Kind == OpKind.Register ? &WideRegister<TProduct, T> : &WideMemory<TProduct, T>;

    private static Handler MultiplyWithoutFlags<T>(in Instruction i) where T : unmanaged, IBinaryInteger<T> =>
        i.Op2Kind == OpKind.Register ? &MulxRegister<T> : &MulxMemory<T>;

    /// <summary>Where the upper half of a product or dividend is: AH for bytes, else DX, EDX or RDX.</summary>
    public static byte UpperHalf<T>() where T : unmanaged => sizeof(T) == 1 ? (byte)(Register.Rax + 1) : Register.Rdx;

    private interface IProduct
    {
        /// <summary>The two halves of a product. It overflows if the upper half is not the extension of the lower.</summary>
        static abstract (T Low, T High, bool Overflow) Of<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>;
    }

    private readonly struct Unsigned : IProduct
    {
        public static (T Low, T High, bool Overflow) Of<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>
        {
            ulong high = Math.BigMul(ulong.CreateTruncating(a), ulong.CreateTruncating(b), out ulong low);
            if (sizeof(T) != 8) high = low >> (8 * sizeof(T));
            return (T.CreateTruncating(low), T.CreateTruncating(high), high != 0);
        }
    }

    private readonly struct Signed : IProduct
    {
        public static (T Low, T High, bool Overflow) Of<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>
        {
            long high = Math.BigMul(Extend(a), Extend(b), out long low);
            if (sizeof(T) != 8) high = low >> (8 * sizeof(T));
            T truncated = T.CreateTruncating(low);
            return (truncated, T.CreateTruncating(high), high != Extend(truncated) >> 63);
        }

        private static long Extend<T>(T value) where T : unmanaged, IBinaryInteger<T>
        {
            int unused = 64 - 8 * sizeof(T);
            return (long)(ulong.CreateTruncating(value) << unused) >> unused;
        }
    }

    private readonly struct SignedTruncated : IBinary
    {
        public static T Compute<T>(Processor p, T a, T b) where T : unmanaged, IBinaryInteger<T>
        {
            (T low, _, bool overflow) = Signed.Of(a, b);
            p.Flags.Set(low, overflow, overflow, false);
            return low;
        }
    }

    private static Outcome WideRegister<TProduct, T>(Processor p, in Operation op) where TProduct : struct, IProduct where T : unmanaged, IBinaryInteger<T> =>
        Multiply<TProduct, T>(p, p.Get<T>(op.Destination));

    private static Outcome WideMemory<TProduct, T>(Processor p, in Operation op) where TProduct : struct, IProduct where T : unmanaged, IBinaryInteger<T> =>
        p.Load(op, out T factor) ? Multiply<TProduct, T>(p, factor) : Outcome.Stop;

    private static Outcome Multiply<TProduct, T>(Processor p, T factor) where TProduct : struct, IProduct where T : unmanaged, IBinaryInteger<T>
    {
        (T low, T high, bool overflow) = TProduct.Of(p.Get<T>(Register.Rax), factor);
        p.Set(Register.Rax, low);
        p.Set(UpperHalf<T>(), high);
        p.Flags.Set(low, overflow, overflow, false);
        return Outcome.Continue;
    }

    private static Outcome MulxRegister<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> =>
        Mulx(p, op, p.Get<T>((byte)op.Immediate));

    private static Outcome MulxMemory<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> =>
        p.Load(op, out T factor) ? Mulx(p, op, factor) : Outcome.Stop;

    /// <summary>If both destinations are one register it gets the upper half.</summary>
    private static Outcome Mulx<T>(Processor p, in Operation op, T factor) where T : unmanaged, IBinaryInteger<T>
    {
        (T low, T high, _) = Unsigned.Of(p.Get<T>(Register.Rdx), factor);
        p.Set(op.Source, low);
        p.Set(op.Destination, high);
        return Outcome.Continue;
    }
}
