using System.Numerics;
using Iced.Intel;

namespace Vector20.Machine.Processors.Execution;

/// <summary>
/// ROL, ROR, RCL and RCR: they change CF and OF only, and neither when the masked count is 0. OF, which the manual defines for a count of 1, is
/// computed from the result in the same way for every count.
/// </summary>
[Manual("2B", "4.3", "RCL/RCR/ROL/ROR—Rotate")]
internal static unsafe class Rotates
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Rol => OperandForms.Binary<Left>(i),
        Mnemonic.Ror => OperandForms.Binary<Right>(i),
        Mnemonic.Rcl => OperandForms.Binary<LeftThroughCarry>(i),
        Mnemonic.Rcr => OperandForms.Binary<RightThroughCarry>(i),
        _ => null,
    };

    private readonly struct Left : IBinary
    {
        public static T Compute<T>(Processor p, T operand, T by) where T : unmanaged, IBinaryInteger<T>
        {
            int count = Shifts.MaskedCount(by);
            if (count == 0) return operand;
            T result = T.RotateLeft(operand, count & (8 * sizeof(T) - 1));
            bool carry = !T.IsEvenInteger(result);
            p.Flags.SetCarryAndOverflow(carry, Shifts.Sign(result) != carry);
            return result;
        }
    }

    private readonly struct Right : IBinary
    {
        public static T Compute<T>(Processor p, T operand, T by) where T : unmanaged, IBinaryInteger<T>
        {
            int count = Shifts.MaskedCount(by);
            if (count == 0) return operand;
            T result = T.RotateRight(operand, count & (8 * sizeof(T) - 1));
            p.Flags.SetCarryAndOverflow(Shifts.Sign(result), TopBitsDiffer(result));
            return result;
        }
    }

    /// <summary>CF and the operand are one number of an odd width: 8- and 16-bit counts are taken modulo 9 and 17.</summary>
    private readonly struct LeftThroughCarry : IBinary
    {
        public static T Compute<T>(Processor p, T operand, T by) where T : unmanaged, IBinaryInteger<T>
        {
            int width = 8 * sizeof(T), count = Shifts.MaskedCount(by) % (width + 1);
            if (count == 0) return operand;
            ulong value = ulong.CreateTruncating(operand), carryIn = p.Flags.Carry ? 1ul : 0;
            ulong around = count == 1 ? 0 : value >> (width + 1 - count);
            T result = T.CreateTruncating(value << count | carryIn << (count - 1) | around);
            bool carry = (value >> (width - count) & 1) != 0;
            p.Flags.SetCarryAndOverflow(carry, Shifts.Sign(result) != carry);
            return result;
        }
    }

    private readonly struct RightThroughCarry : IBinary
    {
        public static T Compute<T>(Processor p, T operand, T by) where T : unmanaged, IBinaryInteger<T>
        {
            int width = 8 * sizeof(T), count = Shifts.MaskedCount(by) % (width + 1);
            if (count == 0) return operand;
            ulong value = ulong.CreateTruncating(operand), carryIn = p.Flags.Carry ? 1ul : 0;
            ulong around = count == 1 ? 0 : value << (width + 1 - count);
            T result = T.CreateTruncating(value >> count | carryIn << (width - count) | around);
            p.Flags.SetCarryAndOverflow((value >> (count - 1) & 1) != 0, TopBitsDiffer(result));
            return result;
        }
    }

    private static bool TopBitsDiffer<T>(T value) where T : unmanaged, IBinaryInteger<T> =>
        (ulong.CreateTruncating(value) >> (8 * sizeof(T) - 2)) is 1 or 2;
}
