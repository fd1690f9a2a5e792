using Iced.Intel;
using static Vector20.Machine.Processors.Eflags;
using Reg = Iced.Intel.Register;

namespace Vector20.Machine.Tests.Execution;

/// <summary>Tables of (instruction, destination, source, flags before) to (result, flags after), the destination in rAX and the source in rCX.</summary>
public class ResultTableTests
{
    private static readonly Dictionary<int, (Reg A, Reg C)> Registers = new()
    {
        [1] = (Reg.AL, Reg.CL), [2] = (Reg.AX, Reg.CX), [4] = (Reg.EAX, Reg.ECX), [8] = (Reg.RAX, Reg.RCX),
    };

    [Theory]
    [Manual("2B", "4.3", "SAL/SAR/SHL/SHR—Shift")]
    [InlineData(Code.Shl_rm8_CL, 1, 0x81, 1, 0, 0x02, CF | OF)]
    [InlineData(Code.Shl_rm8_CL, 1, 0x40, 1, 0, 0x80, SF | OF)]
    [InlineData(Code.Shl_rm8_CL, 1, 0x01, 8, 0, 0x00, CF | ZF | PF | OF)]
    [InlineData(Code.Shl_rm8_CL, 1, 0x81, 32, CF | OF | AF, 0x81, CF | OF | AF)]
    [InlineData(Code.Shl_rm32_CL, 4, 0x8000_0000, 33, 0, 0, CF | ZF | PF | OF)]
    [InlineData(Code.Shl_rm64_CL, 8, 3, 63, 0, 0x8000_0000_0000_0000, CF | SF | PF)]
    [InlineData(Code.Shr_rm16_CL, 2, 0x8001, 1, 0, 0x4000, CF | OF | PF)]
    [InlineData(Code.Shr_rm64_CL, 8, 0x8000_0000_0000_0000, 64, ZF, 0x8000_0000_0000_0000, ZF)]
    [InlineData(Code.Sar_rm8_CL, 1, 0x81, 31, 0, 0xFF, CF | SF | PF)]
    [InlineData(Code.Sar_rm32_CL, 4, 0x8000_0001, 1, OF, 0xC000_0000, CF | SF | PF)]
    public void Shifts(Code code, int width, ulong left, ulong right, uint flags, ulong result, uint flagsAfter) =>
        Check(code, width, left, right, flags, result, flagsAfter);

    [Theory]
    [Manual("2B", "4.3", "RCL/RCR/ROL/ROR—Rotate")]
    [InlineData(Code.Rol_rm8_CL, 1, 0x81, 1, ZF, 0x03, ZF | CF | OF)]
    [InlineData(Code.Rol_rm8_CL, 1, 0x81, 8, SF, 0x81, SF | CF)]
    [InlineData(Code.Rol_rm8_CL, 1, 0x80, 0, CF, 0x80, CF)]
    [InlineData(Code.Ror_rm16_CL, 2, 0x0001, 1, 0, 0x8000, CF | OF)]
    [InlineData(Code.Rcl_rm8_CL, 1, 0x80, 1, 0, 0x00, CF | OF)]
    [InlineData(Code.Rcl_rm8_CL, 1, 0x80, 9, CF | PF, 0x80, CF | PF)]
    [InlineData(Code.Rcl_rm64_CL, 8, 1, 63, CF, 0xC000_0000_0000_0000, 0 | OF)]
    [InlineData(Code.Rcr_rm8_CL, 1, 0x01, 1, 0, 0x00, CF)]
    [InlineData(Code.Rcr_rm32_CL, 4, 0, 1, CF, 0x8000_0000, OF)]
    public void Rotates(Code code, int width, ulong left, ulong right, uint flags, ulong result, uint flagsAfter) =>
        Check(code, width, left, right, flags, result, flagsAfter);

    [Theory]
    [Manual("2A", "3.3", "BSF—Bit Scan Forward")]
    [Manual("2A", "3.3", "LZCNT—Count the Number of Leading Zero Bits")]
    [Manual("2B", "4.3", "POPCNT—Return the Count of Number of Bits Set to 1")]
    [InlineData(Code.Bsf_r32_rm32, 4, 77, 0x10, ZF, 4, 0)]
    [InlineData(Code.Bsf_r32_rm32, 4, 77, 0, 0, 77, ZF | PF)]
    [InlineData(Code.Bsr_r64_rm64, 8, 77, 0x10, ZF, 4, 0)]
    [InlineData(Code.Lzcnt_r16_rm16, 2, 0, 0, 0, 16, CF)]
    [InlineData(Code.Lzcnt_r16_rm16, 2, 0, 0x8000, 0, 0, ZF | PF)]
    [InlineData(Code.Tzcnt_r64_rm64, 8, 0, 0, 0, 64, CF)]
    [InlineData(Code.Popcnt_r32_rm32, 4, 0, 0xFFFF_FFFF, CF | PF | AF | ZF | SF | OF, 32, 0)]
    public void Scans(Code code, int width, ulong left, ulong right, uint flags, ulong result, uint flagsAfter) =>
        Check(code, width, left, right, flags, result, flagsAfter);

    [Theory]
    [Manual("2A", "3.3", "BT—Bit Test")]
    [Manual("2A", "3.3", "ADCX—Unsigned Integer Addition of Two Operands With Carry Flag")]
    [Manual("2A", "3.3", "ADOX—Unsigned Integer Addition of Two Operands With Overflow Flag")]
    [InlineData(Code.Bt_rm32_r32, 4, 0x10, 36, OF | ZF, 0x10, CF | OF | ZF)]
    [InlineData(Code.Btc_rm16_r16, 2, 0x10, 0xFFF4, ZF, 0x00, CF | ZF)]
    [InlineData(Code.Bts_rm64_r64, 8, 0, 63, CF, 0x8000_0000_0000_0000, 0)]
    [InlineData(Code.Adcx_r32_rm32, 4, 0xFFFF_FFFF, 0, CF | OF | SF, 0, CF | OF | SF)]
    [InlineData(Code.Adox_r64_rm64, 8, 1, 1, CF | OF, 3, CF)]
    public void Bits(Code code, int width, ulong left, ulong right, uint flags, ulong result, uint flagsAfter) =>
        Check(code, width, left, right, flags, result, flagsAfter);

    [Theory]
    [Manual("2A", "3.3", "IMUL—Signed Multiply")]
    [Manual("2D", "6.1", "XADD—Exchange and Add")]
    [InlineData(Code.Imul_r32_rm32, 4, 0xFFFF_FFFF, 0xFFFF_FFFF, 0, 1, 0)]
    [InlineData(Code.Imul_r32_rm32, 4, 0x4000_0000, 2, 0, 0x8000_0000, CF | OF | SF | PF)]
    [InlineData(Code.Imul_r64_rm64, 8, 0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_FFFF, 0, 0x8000_0000_0000_0000, CF | OF | SF | PF)]
    [InlineData(Code.Imul_r16_rm16, 2, 0xFFFF, 2, 0, 0xFFFE, SF)]
    [InlineData(Code.Xadd_rm8_r8, 1, 0xFF, 1, 0, 0, CF | ZF | PF | AF)]
    public void Products_and_sums(Code code, int width, ulong left, ulong right, uint flags, ulong result, uint flagsAfter) =>
        Check(code, width, left, right, flags, result, flagsAfter);

    private static void Check(Code code, int width, ulong left, ulong right, uint flags, ulong result, uint flagsAfter)
    {
        using var runner = new CodeRunner();
        (Reg a, Reg c) = Registers[width];
        Instruction instruction = Instruction.Create(code, a, code.ToOpCode().GetOpKind(1) == OpCodeOperandKind.cl ? Reg.CL : c);
        runner.P[0] = left;
        runner.P[1] = right;
        runner.Flags(flags);
        runner.Run(assembler => assembler.AddInstruction(instruction));
        Assert.Null(runner.Fault);
        Assert.Equal((result, flagsAfter), (runner.P[0], (uint)runner.P.Rflags & Status));
    }
}
