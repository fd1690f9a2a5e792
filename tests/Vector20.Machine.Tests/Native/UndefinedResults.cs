using Iced.Intel;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Tests.Native;

/// <summary>What an instruction leaves undefined by its 'Flags Affected' and description in SDM volume 2: there processors may differ.</summary>
/// <param name="Flags">Flags with no defined value.</param>
/// <param name="Destination">Whether operand 0 has none either.</param>
internal readonly record struct UndefinedResults(uint Flags, bool Destination = false)
{
    private const uint Cf = Eflags.CF, Pf = Eflags.PF, Af = Eflags.AF, Zf = Eflags.ZF, Sf = Eflags.SF, Of = Eflags.OF;

    /// <summary>What is undefined after an instruction that began in a state.</summary>
    public static UndefinedResults After(in Instruction i, in MachineState before) => i.Mnemonic switch
    {
        Mnemonic.And or Mnemonic.Or or Mnemonic.Xor or Mnemonic.Test => Logical,
        Mnemonic.Shl or Mnemonic.Sal or Mnemonic.Shr or Mnemonic.Sar => Shift(i, before),
        Mnemonic.Rol or Mnemonic.Ror or Mnemonic.Rcl or Mnemonic.Rcr => Rotate(i, before),
        Mnemonic.Shld or Mnemonic.Shrd => DoubleShift(i, before),
        Mnemonic.Mul or Mnemonic.Imul => Multiplication,
        Mnemonic.Div or Mnemonic.Idiv => Division,
        Mnemonic.Bt or Mnemonic.Bts or Mnemonic.Btr or Mnemonic.Btc => BitTest,
        Mnemonic.Bsf or Mnemonic.Bsr => BitScan,
        Mnemonic.Lzcnt or Mnemonic.Tzcnt => BitCount,
        Mnemonic.Andn or Mnemonic.Blsi or Mnemonic.Blsmsk or Mnemonic.Blsr or Mnemonic.Bzhi => Bmi,
        Mnemonic.Bextr => BitExtract,
        Mnemonic.Daa or Mnemonic.Das => DecimalAdjust,
        Mnemonic.Aaa or Mnemonic.Aas => AsciiAdjust,
        Mnemonic.Aam or Mnemonic.Aad => AsciiScale,
        Mnemonic.Bswap => new(0, i.Op0Register.GetSize() == 2),
        _ => default,
    };

    [Manual("2A", "3.3", "AND—Logical AND")]
    private static UndefinedResults Logical => new(Af);

    [Manual("2A", "3.3", "DAA—Decimal Adjust AL After Addition")]
    private static UndefinedResults DecimalAdjust => new(Of);

    [Manual("2A", "3.3", "AAA—ASCII Adjust After Addition")]
    private static UndefinedResults AsciiAdjust => new(Of | Sf | Zf | Pf);

    [Manual("2A", "3.3", "AAM—ASCII Adjust AX After Multiply")]
    [Manual("2A", "3.3", "AAD—ASCII Adjust AX Before Division")]
    private static UndefinedResults AsciiScale => new(Of | Af | Cf);

    [Manual("2B", "4.3", "MUL—Unsigned Multiply")]
    [Manual("2A", "3.3", "IMUL—Signed Multiply")]
    private static UndefinedResults Multiplication => new(Sf | Zf | Af | Pf);

    [Manual("2A", "3.3", "DIV—Unsigned Divide")]
    [Manual("2A", "3.3", "IDIV—Signed Divide")]
    private static UndefinedResults Division => new(Eflags.Status);

    [Manual("2A", "3.3", "BT—Bit Test")]
    private static UndefinedResults BitTest => new(Of | Sf | Af | Pf);

    [Manual("2A", "3.3", "BSF—Bit Scan Forward")]
    [Manual("2A", "3.3", "BSR—Bit Scan Reverse")]
    private static UndefinedResults BitScan => new(Cf | Of | Sf | Af | Pf);

    [Manual("2A", "3.3", "LZCNT—Count the Number of Leading Zero Bits")]
    [Manual("2B", "4.3", "TZCNT—Count the Number of Trailing Zero Bits")]
    private static UndefinedResults BitCount => new(Of | Sf | Pf | Af);

    [Manual("2A", "3.3", "ANDN—Logical AND NOT")]
    [Manual("2A", "3.3", "BZHI—Zero High Bits Starting with Specified Bit Position")]
    private static UndefinedResults Bmi => new(Af | Pf);

    [Manual("2A", "3.3", "BEXTR—Bit Field Extract")]
    private static UndefinedResults BitExtract => new(Af | Sf | Pf);

    /// <summary>AF if shifted at all; OF unless by 1; CF of SHL and SHR by the width or more.</summary>
    [Manual("2B", "4.3", "SAL/SAR/SHL/SHR—Shift")]
    private static UndefinedResults Shift(in Instruction i, in MachineState before)
    {
        int count = Count(i, before, 1);
        return new(count == 0 ? 0 : Af | (count > 1 ? Of : 0) | (count >= Width(i) && i.Mnemonic != Mnemonic.Sar ? Cf : 0));
    }

    [Manual("2B", "4.3", "RCL/RCR/ROL/ROR—Rotate")]
    private static UndefinedResults Rotate(in Instruction i, in MachineState before) => new(Count(i, before, 1) > 1 ? Of : 0);

    /// <summary>Everything, if shifted by more than the width.</summary>
    [Manual("2B", "4.3", "SHLD—Double Precision Shift Left")]
    [Manual("2B", "4.3", "SHRD—Double Precision Shift Right")]
    private static UndefinedResults DoubleShift(in Instruction i, in MachineState before)
    {
        int count = Count(i, before, 2);
        return count > Width(i) ? new(Eflags.Status, true) : new(count == 0 ? 0 : Af | (count > 1 ? Of : 0));
    }

    private static int Count(in Instruction i, in MachineState before, int operand)
    {
        ulong count = i.GetOpKind(operand) == OpKind.Register ? before.Registers[1] : i.Immediate8;
        return (int)count & (Width(i) == 64 ? 63 : 31);
    }

    private static int Width(in Instruction i) => 8 * (i.Op0Kind == OpKind.Register ? i.Op0Register.GetSize() : i.MemorySize.GetSize());
}
