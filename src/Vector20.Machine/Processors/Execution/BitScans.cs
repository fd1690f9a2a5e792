using System.Numerics;
using Iced.Intel;

namespace Vector20.Machine.Processors.Execution;

/// <summary>BSF, BSR, LZCNT, TZCNT and POPCNT.</summary>
/// <remarks>
/// Undefined by the manual, chosen here: BSF and BSR of 0 leave the destination, as every 64-bit processor does; flags without a definition are those of the
/// source (BSF, BSR) or of the result (LZCNT, TZCNT) after a logical operation.
/// </remarks>
[Manual("1", "7.3.7.2", "Bit Scan Instructions")]
internal static unsafe class BitScans
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Bsf => OperandForms.Binary<ScanForward>(i),
        Mnemonic.Bsr => OperandForms.Binary<ScanReverse>(i),
        Mnemonic.Tzcnt => OperandForms.Binary<CountTrailingZeros>(i),
        Mnemonic.Lzcnt => OperandForms.Binary<CountLeadingZeros>(i),
        Mnemonic.Popcnt => OperandForms.Binary<CountOnes>(i),
        _ => null,
    };

    /// <summary>On a model without LZCNT or TZCNT their prefix F3 is ignored: they are BSR and BSF.</summary>
    [Manual("2A", "3.3", "LZCNT—Count the Number of Leading Zero Bits")]
    public static Handler BindWithoutCounts(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Tzcnt => OperandForms.Binary<ScanForward>(i),
        Mnemonic.Lzcnt => OperandForms.Binary<ScanReverse>(i),
        _ => null,
    };

    private readonly struct ScanForward : IBinary
    {
        public static T Compute<T>(Processor p, T unchanged, T source) where T : unmanaged, IBinaryInteger<T>
        {
            p.Flags.SetLogical(source);
            return T.IsZero(source) ? unchanged : T.TrailingZeroCount(source);
        }
    }

    private readonly struct ScanReverse : IBinary
    {
        public static T Compute<T>(Processor p, T unchanged, T source) where T : unmanaged, IBinaryInteger<T>
        {
            p.Flags.SetLogical(source);
            return T.IsZero(source) ? unchanged : T.Log2(source);
        }
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
