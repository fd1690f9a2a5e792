using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>SHLD and SHRD.</summary>
/// <remarks>
/// Undefined by the manual, chosen here: AF is 0; OF for counts above 1 as for 1; a 16-bit operand shifted by more than 16 is followed by the source a
/// second time.
/// </remarks>
[Manual("2B", "4.3", "SHLD—Double Precision Shift Left")]
[Manual("2B", "4.3", "SHRD—Double Precision Shift Right")]
internal static unsafe class DoubleShifts
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Shld => Bind<Left>(i),
        Mnemonic.Shrd => Bind<Right>(i),
        _ => null,
    };

    private static Handler Bind<TOp>(in Instruction i) where TOp : struct, IDoubleShift => OperandForms.WidthOf(i) switch
    {
        2 => Bind<TOp, ushort>(i),
        4 => Bind<TOp, uint>(i),
        _ => Bind<TOp, ulong>(i),
    };

    private static Handler Bind<TOp, T>(in Instruction i) where TOp : struct, IDoubleShift where T : unmanaged, IBinaryInteger<T> =>
        (i.Op0Kind == OpKind.Register, i.Op2Kind == OpKind.Register) switch
        {
            (true, true) => &ShiftRegister<TOp, T, ByCl>,
            (true, false) => &ShiftRegister<TOp, T, ByImmediate>,
            (false, true) => &ShiftMemory<TOp, T, ByCl>,
            _ => &ShiftMemory<TOp, T, ByImmediate>,
        };

    private interface IDoubleShift
    {
        static abstract T Compute<T>(Processor p, T destination, T source, int count) where T : unmanaged, IBinaryInteger<T>;
    }

    private interface ICount
    {
        static abstract byte Of(Processor p, in Operation op);
    }

    private readonly struct ByCl : ICount
    {
        public static byte Of(Processor p, in Operation op) => p.Get<byte>(Register.Rcx);
    }

    private readonly struct ByImmediate : ICount
    {
        public static byte Of(Processor p, in Operation op) => (byte)op.Immediate;
    }

    private static Outcome ShiftRegister<TOp, T, TCount>(Processor p, in Operation op)
        where TOp : struct, IDoubleShift where T : unmanaged, IBinaryInteger<T> where TCount : struct, ICount
    {
        int count = TCount.Of(p, op) & (sizeof(T) == 8 ? 63 : 31);
        p.Set(op.Destination, TOp.Compute(p, p.Get<T>(op.Destination), p.Get<T>(op.Source), count));
        return Outcome.Continue;
    }

    private static Outcome ShiftMemory<TOp, T, TCount>(Processor p, in Operation op)
        where TOp : struct, IDoubleShift where T : unmanaged, IBinaryInteger<T> where TCount : struct, ICount
    {
        if (!p.LoadForWrite(op, out T destination)) return Outcome.Stop;
        int count = TCount.Of(p, op) & (sizeof(T) == 8 ? 63 : 31);
        StatusFlags before = p.Flags;
        if (p.Store(op, TOp.Compute(p, destination, p.Get<T>(op.Source), count))) return Outcome.Continue;
        p.Flags = before;
        return Outcome.Stop;
    }

    private readonly struct Left : IDoubleShift
    {
        public static T Compute<T>(Processor p, T destination, T source, int count) where T : unmanaged, IBinaryInteger<T>
        {
            if (count == 0) return destination;
            (ulong tail, int tailWidth) = Tail(source);
            UInt128 chain = (UInt128)ulong.CreateTruncating(destination) << tailWidth | tail;
            T result = T.CreateTruncating(chain << count >> tailWidth);
            bool carry = (chain >> (8 * sizeof(T) + tailWidth - count) & 1) != 0;
            p.Flags.Set(result, carry, Shifts.Sign(result) != carry, false);
            return result;
        }
    }

    private readonly struct Right : IDoubleShift
    {
        public static T Compute<T>(Processor p, T destination, T source, int count) where T : unmanaged, IBinaryInteger<T>
        {
            if (count == 0) return destination;
            UInt128 almost = ((UInt128)Tail(source).Bits << (8 * sizeof(T)) | ulong.CreateTruncating(destination)) >> (count - 1);
            T result = T.CreateTruncating(almost >> 1);
            p.Flags.Set(result, (almost & 1) != 0, Shifts.Sign(result) != Shifts.Sign(T.CreateTruncating(almost)), false);
            return result;
        }
    }

    /// <summary>The bits that are shifted in: the source, 16-bit sources twice because counts go to 31.</summary>
    private static (ulong Bits, int Width) Tail<T>(T source) where T : unmanaged, IBinaryInteger<T>
    {
        ulong bits = ulong.CreateTruncating(source);
        return sizeof(T) == 2 ? (bits << 16 | bits, 32) : (bits, 8 * sizeof(T));
    }
}
