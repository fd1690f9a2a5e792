using Iced.Intel;

namespace Vector20.Machine.Tests.Native;

/// <summary>Results that the manual leaves to the processor.</summary>
internal static class ProcessorDependent
{
    /// <summary>Two values within 1.5 * 2^-12 of a third differ by at most twice that; a little more beside the greater of them.</summary>
    private const double Tolerance = 3.01 / 4096;

    /// <summary>Results near the smallest normal number may or may not be flushed to 0.</summary>
    private const double SmallestUnflushed = 2.4e-38;

    /// <summary>The mask of a gather that faulted: Intel's manual makes it all ones or zeros first, AMD's does not.</summary>
    [Manual("2C", "5.3", "VGATHERDPS/VGATHERQPS—Gather Packed Single Precision Floating-Point Values Using Signed Dword/Qword Indices")]
    public static bool IsUnfinishedMask(in Instruction i, int register, bool faulted) => faulted && i.IsVsib && i.Op2Register.GetNumber() == register;

    /// <summary>A relative error below 1.5 * 2^-12 is all that is promised.</summary>
    [Manual("2B", "4.3", "RCPPS—Compute Reciprocals of Packed Single Precision Floating-Point Values")]
    [Manual("2B", "4.3", "RSQRTPS—Compute Reciprocals of Square Roots of Packed Single Precision Floating-Point Values")]
    public static bool IsApproximate(in Instruction i, int register) => i.Op0Register.GetNumber() == register && i.Mnemonic is Mnemonic.Rcpps or Mnemonic.Rcpss
        or Mnemonic.Rsqrtps or Mnemonic.Rsqrtss or Mnemonic.Vrcpps or Mnemonic.Vrcpss or Mnemonic.Vrsqrtps or Mnemonic.Vrsqrtss;

    /// <summary>Whether the elements of a register are as close as two right approximations are.</summary>
    public static bool AreClose(ref ExtendedImage native, ref ExtendedImage software, int register)
    {
        foreach (int place in (ReadOnlySpan<int>)[ExtendedImage.VectorsAt, ExtendedImage.UpperAt])
            for (int offset = place + 16 * register; offset < place + 16 * register + 16; offset += 4)
            {
                float there = native.At<float>(offset), here = software.At<float>(offset);
                if (Math.Abs(there) < SmallestUnflushed && Math.Abs(here) < SmallestUnflushed) continue;
                bool same = native.At<uint>(offset) == software.At<uint>(offset);
                if (!same && !(Math.Abs((double)there - here) <= Tolerance * Math.Abs((double)there))) return false;
            }

        return true;
    }

    /// <summary>Whether an MMX instruction that faults has made the transition from x87 to MMX is not said.</summary>
    [Manual("1", "9.6.2", "Transitions Between x87 FPU and MMX Code")]
    public static bool MayHaveEnteredMmx(in Instruction i, bool faulted) => faulted && i.Mnemonic is Mnemonic.Maskmovq or Mnemonic.Cvtps2pi or Mnemonic.Cvttps2pi
        or Mnemonic.Cvtpd2pi or Mnemonic.Cvttpd2pi or Mnemonic.Cvtpi2ps or Mnemonic.Cvtpi2pd;

    /// <summary>Operands of many parts: at which of them, and so for which page, a fault is reported depends on the order of accesses.</summary>
    public static bool IsWide(in Instruction i) => i.Mnemonic is Mnemonic.Fldenv or Mnemonic.Fnstenv or Mnemonic.Fnsave or Mnemonic.Frstor;

    public static bool IsTranscendental(Mnemonic mnemonic) => mnemonic is Mnemonic.Fsin or Mnemonic.Fcos or Mnemonic.Fsincos or Mnemonic.Fptan or Mnemonic.Fpatan
        or Mnemonic.F2xm1 or Mnemonic.Fyl2x or Mnemonic.Fyl2xp1;

    /// <summary>Two results within one unit in the last place of the true one differ by at most two.</summary>
    [Manual("1", "8.3.10", "Transcendental Instruction Accuracy")]
    public static bool IsAccurate(in Instruction i, ref ExtendedImage native, ref ExtendedImage software, int register)
    {
        if (!IsTranscendental(i.Mnemonic) || register > 1) return false;
        return Int128.Abs(Position(ref native, register) - Position(ref software, register)) <= 2;
    }

    /// <summary>Cases whose result the manual leaves open, or in which AMD's processors are known to differ from it.</summary>
    public static bool IsUnspecified(in Instruction i, ref ExtendedImage after, ref ExtendedImage before) => i.Mnemonic switch
    {
        Mnemonic.F2xm1 => IsBeyond(ref before, 0, 0x3FFF, 1ul << 63),
        Mnemonic.Fyl2xp1 => IsBeyond(ref before, 0, 0x3FFD, 0x95F6_1998_0C43_36F7),
        Mnemonic.Fprem or Mnemonic.Fprem1 => IsPartial(ref after),
        Mnemonic.Fld => LoadsUnmaskedDenormal(i, ref after),
        _ => false,
    };

    /// <summary>How far an incomplete reduction goes is left open.</summary>
    [Manual("2A", "3.3", "FPREM—Partial Remainder")]
    private static bool IsPartial(ref ExtendedImage after) => (after.At<ushort>(ExtendedImage.StatusWordAt) & 0x400) != 0;

    /// <summary>The operand is out of the range in which the result is defined.</summary>
    [Manual("2A", "3.3", "F2XM1—Compute 2x–1")]
    [Manual("2A", "3.3", "FYL2XP1—Compute y ∗ log2(x +1)")]
    private static bool IsBeyond(ref ExtendedImage before, int register, int exponent, ulong significand)
    {
        int at = before.At<ushort>(ExtendedImage.StackAt + 16 * register + 8) & 0x7FFF;
        return at > exponent || at == exponent && before.At<ulong>(ExtendedImage.StackAt + 16 * register) > significand;
    }

    /// <summary>An unmasked denormal exception leaves the stack as it was; AMD's processors push all the same.</summary>
    [Manual("1", "8.5.2", "Denormal Operand Exception (#D)")]
    private static bool LoadsUnmaskedDenormal(in Instruction i, ref ExtendedImage after) => i.Op0Kind == OpKind.Memory
        && (after.At<ushort>(ExtendedImage.StatusWordAt) & ~after.At<ushort>(ExtendedImage.ControlWordAt) & 2) != 0;

    /// <summary>A number's place among the numbers of the format.</summary>
    private static Int128 Position(ref ExtendedImage image, int register)
    {
        ushort signExponent = image.At<ushort>(ExtendedImage.StackAt + 16 * register + 8);
        Int128 magnitude = ((Int128)(signExponent & 0x7FFF) << 63) + (image.At<ulong>(ExtendedImage.StackAt + 16 * register) & ~(1ul << 63));
        return (signExponent & 0x8000) != 0 ? -magnitude : magnitude;
    }

    /// <summary>With an unmasked exception the flags are not set, says Intel; AMD's processors set them.</summary>
    [Manual("2A", "3.3", "FCOMI/FCOMIP/FUCOMI/FUCOMIP—Compare Floating-Point Values and Set EFLAGS")]
    public static bool LeavesFlags(in Instruction i, ref ExtendedImage after) => i.Mnemonic is Mnemonic.Fcomi or Mnemonic.Fcomip or Mnemonic.Fucomi or Mnemonic.Fucomip
        && (after.At<ushort>(ExtendedImage.StatusWordAt) & ~after.At<ushort>(ExtendedImage.ControlWordAt) & 3) != 0;
}
