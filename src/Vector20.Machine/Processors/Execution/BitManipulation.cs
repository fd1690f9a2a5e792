using System.Numerics;
using Iced.Intel;

namespace Vector20.Machine.Processors.Execution;

/// <summary>BMI1 and BMI2, less LZCNT, TZCNT and MULX.</summary>
/// <remarks>Undefined by the manual, chosen here: AF and PF are as after a logical operation.</remarks>
[Manual("2A", "3.3", "ANDN—Logical AND NOT")]
[Manual("2A", "3.3", "BEXTR—Bit Field Extract")]
[Manual("2A", "3.3", "BZHI—Zero High Bits Starting with Specified Bit Position")]
[Manual("2B", "4.3", "PDEP—Parallel Bits Deposit")]
[Manual("2B", "4.3", "PEXT—Parallel Bits Extract")]
internal static unsafe class BitManipulation
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Andn => ThreeOperandForms.Bind<AndNot>(i),
        Mnemonic.Bextr => ThreeOperandForms.Bind<Extract>(i),
        Mnemonic.Bzhi => ThreeOperandForms.Bind<ZeroHigh>(i),
        Mnemonic.Pdep => ThreeOperandForms.Bind<Deposit>(i),
        Mnemonic.Pext => ThreeOperandForms.Bind<ExtractByMask>(i),
        Mnemonic.Rorx => ThreeOperandForms.Bind<RotateRight>(i),
        Mnemonic.Sarx => ThreeOperandForms.Bind<ShiftArithmeticRight>(i),
        Mnemonic.Shlx => ThreeOperandForms.Bind<ShiftLeft>(i),
        Mnemonic.Shrx => ThreeOperandForms.Bind<ShiftRight>(i),
        Mnemonic.Blsi => OperandForms.Binary<IsolateLowest>(i),
        Mnemonic.Blsmsk => OperandForms.Binary<MaskToLowest>(i),
        Mnemonic.Blsr => OperandForms.Binary<ResetLowest>(i),
        _ => null,
    };

    private readonly struct AndNot : IBinary
    {
        public static T Compute<T>(Processor p, T first, T second) where T : unmanaged, IBinaryInteger<T>
        {
            p.Flags.SetLogical(~first & second);
            return ~first & second;
        }
    }

    /// <summary>Bits 7:0 of the control are the start, bits 15:8 the length.</summary>
    private readonly struct Extract : IBinary
    {
        public static T Compute<T>(Processor p, T source, T control) where T : unmanaged, IBinaryInteger<T>
        {
            int start = (int)ulong.CreateTruncating(control) & 0xFF, length = (int)ulong.CreateTruncating(control) >> 8 & 0xFF;
            ulong bits = start < 64 ? ulong.CreateTruncating(source) >> start : 0;
            T result = T.CreateTruncating(length < 64 ? bits & (1ul << length) - 1 : bits);
            p.Flags.SetLogical(result);
            return result;
        }
    }

    private readonly struct ZeroHigh : IBinary
    {
        public static T Compute<T>(Processor p, T source, T index) where T : unmanaged, IBinaryInteger<T>
        {
            int from = (int)ulong.CreateTruncating(index) & 0xFF;
            bool beyond = from >= 8 * sizeof(T);
            T result = beyond ? source : T.CreateTruncating(ulong.CreateTruncating(source) & (1ul << from) - 1);
            p.Flags.Set(result, beyond, false, false);
            return result;
        }
    }

    private readonly struct Deposit : IBinary
    {
        public static T Compute<T>(Processor p, T source, T mask) where T : unmanaged, IBinaryInteger<T>
        {
            T result = T.Zero;
            for (; !T.IsZero(mask); mask &= mask - T.One, source >>>= 1)
                if (!T.IsEvenInteger(source)) result |= mask & -mask;
            return result;
        }
    }

    private readonly struct ExtractByMask : IBinary
    {
        public static T Compute<T>(Processor p, T source, T mask) where T : unmanaged, IBinaryInteger<T>
        {
            T result = T.Zero;
            for (T bit = T.One; !T.IsZero(mask); mask &= mask - T.One, bit <<= 1)
                if (!T.IsZero(source & mask & -mask)) result |= bit;
            return result;
        }
    }

    private readonly struct RotateRight : IBinary
    {
        public static T Compute<T>(Processor p, T source, T count) where T : unmanaged, IBinaryInteger<T> =>
            T.RotateRight(source, Shifts.MaskedCount(count));
    }

    private readonly struct ShiftArithmeticRight : IBinary
    {
        public static T Compute<T>(Processor p, T source, T count) where T : unmanaged, IBinaryInteger<T>
        {
            int unused = 64 - 8 * sizeof(T);
            return T.CreateTruncating((long)(ulong.CreateTruncating(source) << unused) >> unused >> Shifts.MaskedCount(count));
        }
    }

    private readonly struct ShiftLeft : IBinary
    {
        public static T Compute<T>(Processor p, T source, T count) where T : unmanaged, IBinaryInteger<T> => source << Shifts.MaskedCount(count);
    }

    private readonly struct ShiftRight : IBinary
    {
        public static T Compute<T>(Processor p, T source, T count) where T : unmanaged, IBinaryInteger<T> => source >>> Shifts.MaskedCount(count);
    }

    /// <summary>CF tells that the source is not 0.</summary>
    private readonly struct IsolateLowest : IBinary
    {
        public static T Compute<T>(Processor p, T unused, T source) where T : unmanaged, IBinaryInteger<T>
        {
            p.Flags.Set(source & -source, !T.IsZero(source), false, false);
            return source & -source;
        }
    }

    /// <summary>CF tells that the source is 0.</summary>
    private readonly struct MaskToLowest : IBinary
    {
        public static T Compute<T>(Processor p, T unused, T source) where T : unmanaged, IBinaryInteger<T>
        {
            T result = source ^ source - T.One;
            p.Flags.Set(result, T.IsZero(source), false, false);
            return result;
        }
    }

    /// <summary>CF tells that the source is 0.</summary>
    private readonly struct ResetLowest : IBinary
    {
        public static T Compute<T>(Processor p, T unused, T source) where T : unmanaged, IBinaryInteger<T>
        {
            T result = source & source - T.One;
            p.Flags.Set(result, T.IsZero(source), false, false);
            return result;
        }
    }
}
