using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>Packed and scalar addition, subtraction, multiplication, division, square root, minimum and maximum.</summary>
[Manual("1", "10.4.1.2", "SSE Arithmetic Instructions")]
[Manual("1", "11.4.1.2", "SSE2 Arithmetic Instructions")]
[Manual("1", "12.3.4", "SIMD Floating-Point Packed ADD/SUB Instructions")]
internal static unsafe class FloatArithmetic
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Addps or Mnemonic.Vaddps => FloatForms.Packed<Add, float>(i),
        Mnemonic.Addpd or Mnemonic.Vaddpd => FloatForms.Packed<Add, double>(i),
        Mnemonic.Addss or Mnemonic.Vaddss => FloatForms.Scalar<Add, float>(i),
        Mnemonic.Addsd or Mnemonic.Vaddsd => FloatForms.Scalar<Add, double>(i),
        Mnemonic.Subps or Mnemonic.Vsubps => FloatForms.Packed<Subtract, float>(i),
        Mnemonic.Subpd or Mnemonic.Vsubpd => FloatForms.Packed<Subtract, double>(i),
        Mnemonic.Subss or Mnemonic.Vsubss => FloatForms.Scalar<Subtract, float>(i),
        Mnemonic.Subsd or Mnemonic.Vsubsd => FloatForms.Scalar<Subtract, double>(i),
        Mnemonic.Mulps or Mnemonic.Vmulps => FloatForms.Packed<Multiply, float>(i),
        Mnemonic.Mulpd or Mnemonic.Vmulpd => FloatForms.Packed<Multiply, double>(i),
        Mnemonic.Mulss or Mnemonic.Vmulss => FloatForms.Scalar<Multiply, float>(i),
        Mnemonic.Mulsd or Mnemonic.Vmulsd => FloatForms.Scalar<Multiply, double>(i),
        Mnemonic.Divps or Mnemonic.Vdivps => FloatForms.Packed<Divide, float>(i),
        Mnemonic.Divpd or Mnemonic.Vdivpd => FloatForms.Packed<Divide, double>(i),
        Mnemonic.Divss or Mnemonic.Vdivss => FloatForms.Scalar<Divide, float>(i),
        Mnemonic.Divsd or Mnemonic.Vdivsd => FloatForms.Scalar<Divide, double>(i),
        Mnemonic.Sqrtps or Mnemonic.Vsqrtps => FloatForms.PackedUnary<SquareRoot, float>(i),
        Mnemonic.Sqrtpd or Mnemonic.Vsqrtpd => FloatForms.PackedUnary<SquareRoot, double>(i),
        Mnemonic.Sqrtss or Mnemonic.Vsqrtss => FloatForms.Scalar<SquareRoot, float>(i),
        Mnemonic.Sqrtsd or Mnemonic.Vsqrtsd => FloatForms.Scalar<SquareRoot, double>(i),
        _ => Rarer(i),
    };

    private static Handler Rarer(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Minps or Mnemonic.Vminps => FloatForms.Packed<Minimum, float>(i),
        Mnemonic.Minpd or Mnemonic.Vminpd => FloatForms.Packed<Minimum, double>(i),
        Mnemonic.Minss or Mnemonic.Vminss => FloatForms.Scalar<Minimum, float>(i),
        Mnemonic.Minsd or Mnemonic.Vminsd => FloatForms.Scalar<Minimum, double>(i),
        Mnemonic.Maxps or Mnemonic.Vmaxps => FloatForms.Packed<Maximum, float>(i),
        Mnemonic.Maxpd or Mnemonic.Vmaxpd => FloatForms.Packed<Maximum, double>(i),
        Mnemonic.Maxss or Mnemonic.Vmaxss => FloatForms.Scalar<Maximum, float>(i),
        Mnemonic.Maxsd or Mnemonic.Vmaxsd => FloatForms.Scalar<Maximum, double>(i),
        Mnemonic.Addsubps or Mnemonic.Vaddsubps => FloatForms.Packed<SubtractAndAdd, float>(i),
        Mnemonic.Addsubpd or Mnemonic.Vaddsubpd => FloatForms.Packed<SubtractAndAdd, double>(i),
        Mnemonic.Haddps or Mnemonic.Vhaddps => FloatForms.Horizontal<Add, float>(i),
        Mnemonic.Haddpd or Mnemonic.Vhaddpd => FloatForms.Horizontal<Add, double>(i),
        Mnemonic.Hsubps or Mnemonic.Vhsubps => FloatForms.Horizontal<Subtract, float>(i),
        Mnemonic.Hsubpd or Mnemonic.Vhsubpd => FloatForms.Horizontal<Subtract, double>(i),
        _ => null,
    };

    internal readonly struct Add : IFloatLane
    {
        public static T Compute<T>(int lane, T left, T right, ref FloatUnit unit) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T sum = left + right;
            if (unit.IsQuick && FloatUnit.IsPlain(left) && FloatUnit.IsPlain(right) && FloatUnit.IsPlainResult(sum)) return sum;
            return FloatUnit.FromBits<T>(VectorArithmetic.Add(FloatUnit.FormatOf<T>(), FloatUnit.Bits(left), FloatUnit.Bits(right), false, ref unit.Context));
        }
    }

    private readonly struct Subtract : IFloatLane
    {
        public static T Compute<T>(int lane, T left, T right, ref FloatUnit unit) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T difference = left - right;
            if (unit.IsQuick && FloatUnit.IsPlain(left) && FloatUnit.IsPlain(right) && FloatUnit.IsPlainResult(difference)) return difference;
            return FloatUnit.FromBits<T>(VectorArithmetic.Add(FloatUnit.FormatOf<T>(), FloatUnit.Bits(left), FloatUnit.Bits(right), true, ref unit.Context));
        }
    }

    internal readonly struct Multiply : IFloatLane
    {
        public static T Compute<T>(int lane, T left, T right, ref FloatUnit unit) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T product = left * right;
            if (unit.IsQuick && FloatUnit.IsPlain(left) && FloatUnit.IsPlain(right) && FloatUnit.IsPlainResult(product)) return product;
            return FloatUnit.FromBits<T>(VectorArithmetic.Multiply(FloatUnit.FormatOf<T>(), FloatUnit.Bits(left), FloatUnit.Bits(right), ref unit.Context));
        }
    }

    private readonly struct Divide : IFloatLane
    {
        public static T Compute<T>(int lane, T left, T right, ref FloatUnit unit) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T quotient = left / right;
            if (unit.IsQuick && FloatUnit.IsPlain(left) && FloatUnit.IsPlain(right) && FloatUnit.IsPlainResult(quotient)) return quotient;
            return FloatUnit.FromBits<T>(VectorArithmetic.Divide(FloatUnit.FormatOf<T>(), FloatUnit.Bits(left), FloatUnit.Bits(right), ref unit.Context));
        }
    }

    private readonly struct SquareRoot : IFloatLane
    {
        public static T Compute<T>(int lane, T left, T right, ref FloatUnit unit) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (unit.IsQuick && FloatUnit.IsPlain(right) && right > T.Zero) return T.Sqrt(right);
            return FloatUnit.FromBits<T>(VectorArithmetic.SquareRoot(FloatUnit.FormatOf<T>(), FloatUnit.Bits(right), ref unit.Context));
        }
    }

    private readonly struct Minimum : IFloatLane
    {
        public static T Compute<T>(int lane, T left, T right, ref FloatUnit unit) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            FloatUnit.FromBits<T>(VectorArithmetic.Extreme(FloatUnit.FormatOf<T>(), FloatUnit.Bits(left), FloatUnit.Bits(right), false, ref unit.Context));
    }

    private readonly struct Maximum : IFloatLane
    {
        public static T Compute<T>(int lane, T left, T right, ref FloatUnit unit) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            FloatUnit.FromBits<T>(VectorArithmetic.Extreme(FloatUnit.FormatOf<T>(), FloatUnit.Bits(left), FloatUnit.Bits(right), true, ref unit.Context));
    }

    private readonly struct SubtractAndAdd : IFloatLane
    {
        public static T Compute<T>(int lane, T left, T right, ref FloatUnit unit) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            (lane & 1) == 0 ? Subtract.Compute(lane, left, right, ref unit) : Add.Compute(lane, left, right, ref unit);
    }
}
