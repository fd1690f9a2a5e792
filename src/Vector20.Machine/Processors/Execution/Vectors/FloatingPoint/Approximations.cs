using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>
/// RCPPS, RCPSS, RSQRTPS, RSQRTSS: approximations with a relative error below 1.5 * 2^-12. Here it is below 2^-12: the exact value
/// rounded to 12 bits. They report no exceptions, and tiny operands and results are 0.
/// </summary>
[Manual("2B", "4.3", "RCPPS—Compute Reciprocals of Packed Single Precision Floating-Point Values")]
[Manual("2B", "4.3", "RSQRTPS—Compute Reciprocals of Square Roots of Packed Single Precision Floating-Point Values")]
internal static unsafe class Approximations
{
    private const int DroppedBits = 12;

    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Rcpps or Mnemonic.Vrcpps => FloatForms.PackedUnary<Reciprocal, float>(i),
        Mnemonic.Rcpss or Mnemonic.Vrcpss => FloatForms.Scalar<Reciprocal, float>(i),
        Mnemonic.Rsqrtps or Mnemonic.Vrsqrtps => FloatForms.PackedUnary<ReciprocalRoot, float>(i),
        Mnemonic.Rsqrtss or Mnemonic.Vrsqrtss => FloatForms.Scalar<ReciprocalRoot, float>(i),
        _ => null,
    };

    private readonly struct Reciprocal : IFloatLane
    {
        public static T Compute<T>(int lane, T left, T right, ref FloatUnit unit) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            Approximate(right, static value => 1 / value);
    }

    private readonly struct ReciprocalRoot : IFloatLane
    {
        public static T Compute<T>(int lane, T left, T right, ref FloatUnit unit) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            Approximate(right, static value => 1 / Math.Sqrt(value));
    }

    private static T Approximate<T>(T operand, Func<double, double> function) where T : unmanaged
    {
        FloatFormat format = FloatFormat.Single;
        ulong bits = FloatUnit.Bits(operand);
        Number number = format.Decode(bits);
        if (number.IsNaN) return FloatUnit.FromBits<T>(bits | format.QuietBit);
        bool zero = number.IsZero || number.IsDenormal;
        double value = zero ? (number.Negative ? -0.0 : 0.0) : BitConverter.UInt32BitsToSingle((uint)bits);
        double result = function(value);
        if (double.IsNaN(result)) return FloatUnit.FromBits<T>(format.DefaultNaN);
        uint rounded = BitConverter.SingleToUInt32Bits((float)result);
        bool finite = (rounded >> 23 & 0xFF) is not (0 or 0xFF);
        if (finite) rounded = rounded + (1u << DroppedBits - 1) & ~((1u << DroppedBits) - 1);
        else if ((rounded >> 23 & 0xFF) == 0) rounded &= 1u << 31;
        return FloatUnit.FromBits<T>(rounded);
    }
}
