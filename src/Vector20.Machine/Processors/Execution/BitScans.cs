using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>BSF, BSR, LZCNT, TZCNT and POPCNT.</summary>
/// <remarks>
/// Undefined by the manual, chosen here: BSF and BSR of 0 leave the destination, as every 64-bit processor does; flags without a definition are those of the
/// source (BSF, BSR) or of the result (LZCNT, TZCNT) after a logical operation.
/// </remarks>
[Manual("2A", "3.3", "BSF—Bit Scan Forward")]
[Manual("2A", "3.3", "BSR—Bit Scan Reverse")]
internal static unsafe class BitScans
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Bsf => Scan<Forward>(i),
        Mnemonic.Bsr => Scan<Reverse>(i),
        Mnemonic.Tzcnt => OperandForms.Binary<CountTrailingZeros>(i),
        Mnemonic.Lzcnt => OperandForms.Binary<CountLeadingZeros>(i),
        Mnemonic.Popcnt => OperandForms.Binary<CountOnes>(i),
        _ => null,
    };

    /// <summary>On a model without LZCNT or TZCNT their prefix F3 is ignored: they are BSR and BSF.</summary>
    [Manual("2A", "3.3", "LZCNT—Count the Number of Leading Zero Bits")]
    public static Handler BindWithoutCounts(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Tzcnt => Scan<Forward>(i),
        Mnemonic.Lzcnt => Scan<Reverse>(i),
        _ => null,
    };

    private interface IScan
    {
        static abstract T Find<T>(T source) where T : unmanaged, IBinaryInteger<T>;
    }

    private readonly struct Forward : IScan
    {
        public static T Find<T>(T source) where T : unmanaged, IBinaryInteger<T> => T.TrailingZeroCount(source);
    }

    private readonly struct Reverse : IScan
    {
        public static T Find<T>(T source) where T : unmanaged, IBinaryInteger<T> => T.Log2(source);
    }

    private static Handler Scan<TScan>(in Instruction i) where TScan : struct, IScan => i.Op0Register.GetSize() switch
    {
        2 => Scan<TScan, ushort>(i),
        4 => Scan<TScan, uint>(i),
        _ => Scan<TScan, ulong>(i),
    };

    private static Handler Scan<TScan, T>(in Instruction i) where TScan : struct, IScan where T : unmanaged, IBinaryInteger<T> =>
        i.Op1Kind == OpKind.Register ? &ScanRegister<TScan, T> : &ScanMemory<TScan, T>;

    private static Outcome ScanRegister<TScan, T>(Processor p, in Operation op) where TScan : struct, IScan where T : unmanaged, IBinaryInteger<T> =>
        Scan<TScan, T>(p, op, p.Get<T>(op.Source));

    private static Outcome ScanMemory<TScan, T>(Processor p, in Operation op) where TScan : struct, IScan where T : unmanaged, IBinaryInteger<T> =>
        p.Load(op, out T source) ? Scan<TScan, T>(p, op, source) : Outcome.Stop;

    /// <summary>A destination that is left keeps its upper half too, whatever the operand size.</summary>
    private static Outcome Scan<TScan, T>(Processor p, in Operation op, T source) where TScan : struct, IScan where T : unmanaged, IBinaryInteger<T>
    {
        p.Flags.SetLogical(source);
        if (!T.IsZero(source)) p.Set(op.Destination, TScan.Find(source));
        return Outcome.Continue;
    }

    private readonly struct CountTrailingZeros : IBinary
    {
        public static T Compute<T>(Processor p, T unused, T source) where T : unmanaged, IBinaryInteger<T>
        {
            T count = T.TrailingZeroCount(source);
            p.Flags.Set(count, T.IsZero(source), false, false);
            return count;
        }
    }

    private readonly struct CountLeadingZeros : IBinary
    {
        public static T Compute<T>(Processor p, T unused, T source) where T : unmanaged, IBinaryInteger<T>
        {
            T count = T.LeadingZeroCount(source);
            p.Flags.Set(count, T.IsZero(source), false, false);
            return count;
        }
    }

    /// <summary>ZF tells that the source is 0; the other five flags are cleared.</summary>
    [Manual("2B", "4.3", "POPCNT—Return the Count of Number of Bits Set to 1")]
    private readonly struct CountOnes : IBinary
    {
        public static T Compute<T>(Processor p, T unused, T source) where T : unmanaged, IBinaryInteger<T>
        {
            p.Flags.Value = T.IsZero(source) ? Eflags.ZF : 0;
            return T.PopCount(source);
        }
    }
}
