using Iced.Intel;

namespace Vector20.Machine.Tests.Native;

/// <summary>Condition codes of the x87 status word that an instruction leaves undefined by its 'FPU Flags Affected', or that processors are known to differ in.</summary>
internal static class UndefinedStatus
{
    private const ushort C0 = 0x100, C1 = 0x200, C2 = 0x400, C3 = 0x4000, Codes = C0 | C1 | C2 | C3;

    /// <summary>The bits with no defined value after an instruction.</summary>
    public static ushort After(in Instruction i, ref ExtendedImage after) => i.Mnemonic switch
    {
        Mnemonic.Fcom or Mnemonic.Fcomp or Mnemonic.Fcompp or Mnemonic.Ficom or Mnemonic.Ficomp or Mnemonic.Ftst
            or Mnemonic.Fucom or Mnemonic.Fucomp or Mnemonic.Fucompp => Comparison(ref after),
        Mnemonic.Fcomi or Mnemonic.Fcomip or Mnemonic.Fucomi or Mnemonic.Fucomip => ComparisonToFlags,
        Mnemonic.Fcmovb or Mnemonic.Fcmovbe or Mnemonic.Fcmove or Mnemonic.Fcmovnb or Mnemonic.Fcmovnbe or Mnemonic.Fcmovne or Mnemonic.Fcmovnu or Mnemonic.Fcmovu => Move,
        Mnemonic.Ffree or Mnemonic.Ffreep => Codes,
        _ when ProcessorDependent.IsTranscendental(i.Mnemonic) => Rounding,
        _ => 0,
    };

    /// <summary>With an unmasked exception the codes are not set, says Intel; AMD's processors set them.</summary>
    [Manual("2A", "3.3", "FCOM/FCOMP/FCOMPP—Compare Floating-Point Values")]
    private static ushort Comparison(ref ExtendedImage after)
    {
        int unmasked = after.At<ushort>(ExtendedImage.StatusWordAt) & ~after.At<ushort>(ExtendedImage.ControlWordAt) & 0x3F;
        return unmasked != 0 ? Codes : (ushort)0;
    }

    /// <summary>C1 becomes 0, says Intel; AMD's processors leave it.</summary>
    [Manual("2A", "3.3", "FCOMI/FCOMIP/FUCOMI/FUCOMIP—Compare Floating-Point Values and Set EFLAGS")]
    private static ushort ComparisonToFlags => C1;

    /// <summary>C1 is defined for a stack underflow only.</summary>
    [Manual("2A", "3.3", "FCMOVcc—Floating-Point Conditional Move")]
    private static ushort Move => C1;

    /// <summary>Which way the last digit was rounded differs with the approximation.</summary>
    [Manual("1", "8.3.10", "Transcendental Instruction Accuracy")]
    private static ushort Rounding => C1;
}
