using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>ROUNDPS and its kin: to an integral value, as the immediate says.</summary>
[Manual("1", "12.10.6", "Floating-Point Rounding Instructions with Selectable Rounding Mode")]
internal static unsafe class RoundingInstructions
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Roundps or Mnemonic.Vroundps => FloatForms.PackedUnary<Round, float>(i),
        Mnemonic.Roundpd or Mnemonic.Vroundpd => FloatForms.PackedUnary<Round, double>(i),
        Mnemonic.Roundss or Mnemonic.Vroundss => FloatForms.Scalar<Round, float>(i),
        Mnemonic.Roundsd or Mnemonic.Vroundsd => FloatForms.Scalar<Round, double>(i),
        _ => null,
    };

    /// <summary>Bit 2: MXCSR's rounding mode instead of bits 1:0; bit 3: an inexact result is not reported.</summary>
    private readonly struct Round : IFloatLane
    {
        public static T Compute<T>(int lane, T left, T right, ref FloatUnit unit) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            FloatFormat format = FloatUnit.FormatOf<T>();
            if (!VectorArithmetic.Operand(format, FloatUnit.Bits(right), ref unit.Context, out Number number, out ulong result)) return FloatUnit.FromBits<T>(result);
            if (number.IsZero) return FloatUnit.FromBits<T>(format.Zero(number.Negative));
            if (number.IsInfinity || number.Exponent >= format.FractionBits) return right;
            Rounding rounding = (unit.Immediate & 4) != 0 ? unit.Context.Rounding : (Rounding)(unit.Immediate & 3);
            ulong magnitude = NumberConversions.ToIntegral(number, rounding, out bool inexact, out _);
            if (inexact && (unit.Immediate & 8) == 0) unit.Context.Raised |= FloatExceptions.Precision;
            T value = T.CreateTruncating(magnitude);
            return number.Negative ? -value : value;
        }
    }
}
