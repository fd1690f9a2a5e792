using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>The conversion instructions on vector and general registers.</summary>
[Manual("1", "11.4.1.6", "SSE2 Conversion Instructions")]
internal static unsafe class FloatConversions
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Cvtps2pd or Mnemonic.Vcvtps2pd => ConversionForms.Packed<Conversions.Float<float, double>>(i),
        Mnemonic.Cvtpd2ps or Mnemonic.Vcvtpd2ps => ConversionForms.Packed<Conversions.Float<double, float>>(i),
        Mnemonic.Cvtss2sd or Mnemonic.Vcvtss2sd => ConversionForms.Scalar<Conversions.Float<float, double>, float>(i),
        Mnemonic.Cvtsd2ss or Mnemonic.Vcvtsd2ss => ConversionForms.Scalar<Conversions.Float<double, float>, double>(i),
        Mnemonic.Cvtdq2ps or Mnemonic.Vcvtdq2ps => ConversionForms.Packed<Conversions.FromInteger<int, float>>(i),
        Mnemonic.Cvtdq2pd or Mnemonic.Vcvtdq2pd => ConversionForms.Packed<Conversions.FromInteger<int, double>>(i),
        Mnemonic.Cvtps2dq or Mnemonic.Vcvtps2dq => ConversionForms.Packed<Conversions.Rounded<float, int>>(i),
        Mnemonic.Cvttps2dq or Mnemonic.Vcvttps2dq => ConversionForms.Packed<Conversions.Truncated<float, int>>(i),
        Mnemonic.Cvtpd2dq or Mnemonic.Vcvtpd2dq => ConversionForms.Packed<Conversions.Rounded<double, int>>(i),
        Mnemonic.Cvttpd2dq or Mnemonic.Vcvttpd2dq => ConversionForms.Packed<Conversions.Truncated<double, int>>(i),
        Mnemonic.Cvtsi2ss or Mnemonic.Vcvtsi2ss => IsWide(i, i.OpCount - 1)
            ? ConversionForms.Scalar<Conversions.FromInteger<long, float>, long>(i) : ConversionForms.Scalar<Conversions.FromInteger<int, float>, int>(i),
        Mnemonic.Cvtsi2sd or Mnemonic.Vcvtsi2sd => IsWide(i, i.OpCount - 1)
            ? ConversionForms.Scalar<Conversions.FromInteger<long, double>, long>(i) : ConversionForms.Scalar<Conversions.FromInteger<int, double>, int>(i),
        Mnemonic.Cvtss2si or Mnemonic.Vcvtss2si => IsWide(i, 0)
            ? ConversionForms.ToGeneral<Conversions.Rounded<float, long>, float, ulong>(i) : ConversionForms.ToGeneral<Conversions.Rounded<float, int>, float, uint>(i),
        Mnemonic.Cvtsd2si or Mnemonic.Vcvtsd2si => IsWide(i, 0)
            ? ConversionForms.ToGeneral<Conversions.Rounded<double, long>, double, ulong>(i) : ConversionForms.ToGeneral<Conversions.Rounded<double, int>, double, uint>(i),
        Mnemonic.Cvttss2si or Mnemonic.Vcvttss2si => IsWide(i, 0)
            ? ConversionForms.ToGeneral<Conversions.Truncated<float, long>, float, ulong>(i) : ConversionForms.ToGeneral<Conversions.Truncated<float, int>, float, uint>(i),
        Mnemonic.Cvttsd2si or Mnemonic.Vcvttsd2si => IsWide(i, 0)
            ? ConversionForms.ToGeneral<Conversions.Truncated<double, long>, double, ulong>(i) : ConversionForms.ToGeneral<Conversions.Truncated<double, int>, double, uint>(i),
        Mnemonic.Vcvtph2ps => ConversionForms.Packed<Conversions.FromHalf>(i),
        _ => null,
    };

    private static bool IsWide(in Instruction i, int operand) =>
        i.GetOpKind(operand) == OpKind.Register ? i.GetOpRegister(operand).IsGPR64() : i.MemorySize.GetSize() == 8;
}
