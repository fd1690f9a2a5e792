using System.Numerics;
using System.Runtime.CompilerServices;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>A conversion of one element.</summary>
internal interface IConversion
{
    /// <summary>Bytes of the element it reads.</summary>
    static abstract int From { get; }

    /// <summary>Bytes of the element it makes.</summary>
    static abstract int To { get; }

    /// <summary>Converts the bits of an element.</summary>
    static abstract ulong Convert(ulong bits, ref FloatUnit unit);
}

/// <summary>The conversions between elements of float, double and half format and integers.</summary>
[Manual("1", "11.4.1.6", "SSE2 Conversion Instructions")]
internal static class Conversions
{
    /// <summary>Between floating-point types.</summary>
    public readonly struct Float<TFrom, TTo> : IConversion where TFrom : unmanaged where TTo : unmanaged
    {
        public static int From => Unsafe.SizeOf<TFrom>();

        public static int To => Unsafe.SizeOf<TTo>();

        public static ulong Convert(ulong bits, ref FloatUnit unit) =>
            NumberConversions.Convert(FloatUnit.FormatOf<TFrom>(), FloatUnit.FormatOf<TTo>(), bits, true, ref unit.Context);
    }

    /// <summary>From a signed integer.</summary>
    public readonly struct FromInteger<TFrom, TTo> : IConversion where TFrom : unmanaged where TTo : unmanaged
    {
        public static int From => Unsafe.SizeOf<TFrom>();

        public static int To => Unsafe.SizeOf<TTo>();

        public static ulong Convert(ulong bits, ref FloatUnit unit) =>
            NumberConversions.FromInteger(FloatUnit.FormatOf<TTo>(), From == 4 ? (int)bits : (long)bits, ref unit.Context);
    }

    /// <summary>To a signed integer, rounded as MXCSR says.</summary>
    public readonly struct Rounded<TFrom, TTo> : IConversion where TFrom : unmanaged where TTo : unmanaged
    {
        public static int From => Unsafe.SizeOf<TFrom>();

        public static int To => Unsafe.SizeOf<TTo>();

        public static ulong Convert(ulong bits, ref FloatUnit unit) => ToInteger<TFrom>(bits, 8 * To, unit.Context.Rounding, ref unit);
    }

    /// <summary>To a signed integer, truncated.</summary>
    public readonly struct Truncated<TFrom, TTo> : IConversion where TFrom : unmanaged where TTo : unmanaged
    {
        public static int From => Unsafe.SizeOf<TFrom>();

        public static int To => Unsafe.SizeOf<TTo>();

        public static ulong Convert(ulong bits, ref FloatUnit unit) => ToInteger<TFrom>(bits, 8 * To, Rounding.TowardZero, ref unit);
    }

    /// <summary>Half to single precision: exact, and denormals are numbers like others whatever MXCSR says.</summary>
    [Manual("2C", "5.3", "VCVTPH2PS—Convert Packed FP16 Values to Single Precision Floating-Point Values")]
    public readonly struct FromHalf : IConversion
    {
        public static int From => 2;

        public static int To => 4;

        public static ulong Convert(ulong bits, ref FloatUnit unit)
        {
            FloatContext context = unit.Context with { DenormalsAreZeros = false, FlushesToZero = false };
            ulong result = NumberConversions.Convert(FloatFormat.Half, FloatFormat.Single, bits, false, ref context);
            unit.Context.Raised = context.Raised;
            return result;
        }
    }

    /// <summary>Single to half precision, rounded as the immediate says or, by its bit 2, as MXCSR says; tiny results stay denormal.</summary>
    [Manual("2C", "5.3", "VCVTPS2PH—Convert Single-Precision FP Value to 16-bit FP Value")]
    public readonly struct ToHalf : IConversion
    {
        public static int From => 4;

        public static int To => 2;

        public static ulong Convert(ulong bits, ref FloatUnit unit)
        {
            FloatContext context = unit.Context with { FlushesToZero = false };
            if ((unit.Immediate & 4) == 0) context.Rounding = (Rounding)(unit.Immediate & 3);
            ulong result = NumberConversions.Convert(FloatFormat.Single, FloatFormat.Half, bits, true, ref context);
            unit.Context.Raised = context.Raised;
            return result;
        }
    }

    private static ulong ToInteger<TFrom>(ulong bits, int width, Rounding rounding, ref FloatUnit unit) where TFrom : unmanaged =>
        (ulong)NumberConversions.ToInteger(VectorArithmetic.Decode(FloatUnit.FormatOf<TFrom>(), bits, unit.Context), width, rounding, ref unit.Context);
}
