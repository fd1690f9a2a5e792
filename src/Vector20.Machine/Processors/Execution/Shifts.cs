using System.Numerics;
using Iced.Intel;

namespace Vector20.Machine.Processors.Execution;

/// <summary>SHL, SHR and SAR. A masked count of 0 leaves the flags.</summary>
/// <remarks>
/// Undefined by the manual, chosen here: AF is 0; OF for counts above 1 is what the last of single shifts would set; CF for counts above the width is 0
/// (SAR: the sign).
/// </remarks>
[Manual("2B", "4.3", "SAL/SAR/SHL/SHR—Shift")]
internal static unsafe class Shifts
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Shl or Mnemonic.Sal => OperandForms.Binary<Left>(i),
        Mnemonic.Shr => OperandForms.Binary<Right>(i),
        Mnemonic.Sar => OperandForms.Binary<ArithmeticRight>(i),
        _ => null,
    };

    /// <summary>A count as the processor masks it: to 6 bits for 64-bit operands, else to 5.</summary>
    public static int MaskedCount<T>(T count) where T : unmanaged, IBinaryInteger<T> =>
        (int)ulong.CreateTruncating(count) & (sizeof(T) == 8 ? 63 : 31);

    /// <summary>The top bit of a value.</summary>
    public static bool Sign<T>(T value) where T : unmanaged, IBinaryInteger<T> => ulong.CreateTruncating(value) >> (8 * sizeof(T) - 1) != 0;

    private readonly struct Left : IBinary
    {
        public static T Compute<T>(Processor p, T operand, T by) where T : unmanaged, IBinaryInteger<T>
        {
            int count = MaskedCount(by), width = 8 * sizeof(T);
            if (count == 0) return operand;
            ulong value = ulong.CreateTruncating(operand);
            T result = T.CreateTruncating(value << count);
            bool carry = count <= width && (value >> (width - count) & 1) != 0;
            p.Flags.Set(result, carry, Sign(result) != carry, false);
            return result;
        }
    }

    private readonly struct Right : IBinary
    {
        public static T Compute<T>(Processor p, T operand, T by) where T : unmanaged, IBinaryInteger<T>
        {
            int count = MaskedCount(by), width = 8 * sizeof(T);
            if (count == 0) return operand;
            ulong almost = ulong.CreateTruncating(operand) >> (count - 1);
            T result = T.CreateTruncating(almost >> 1);
            p.Flags.Set(result, (almost & 1) != 0, almost >> (width - 1) != 0, false);
            return result;
        }
    }

    private readonly struct ArithmeticRight : IBinary
    {
        public static T Compute<T>(Processor p, T operand, T by) where T : unmanaged, IBinaryInteger<T>
        {
            int count = MaskedCount(by), unused = 64 - 8 * sizeof(T);
            if (count == 0) return operand;
            long almost = (long)(ulong.CreateTruncating(operand) << unused) >> unused >> (count - 1);
            T result = T.CreateTruncating(almost >> 1);
            p.Flags.Set(result, (almost & 1) != 0, false, false);
            return result;
        }
    }
}
