using Iced.Intel;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Tests.Native;

/// <summary>Instructions on x87, MMX, XMM and YMM registers checked against this machine's own processor.</summary>
public class ExtendedComparisonTests(ITestOutputHelper output)
{
    private const int CasesEach = 150;

    [Fact]
    [Trait("Speed", "Slow")]
    [Manual("1", "10.2", "SSE Programming Environment")]
    [Manual("1", "10.4.1.1", "SSE Data Movement Instructions")]
    [Manual("1", "11.4.1.1", "SSE2 Data Movement Instructions")]
    [Manual("1", "11.4.1.4", "SSE2 Shuffle and Unpack Instructions")]
    [Manual("1", "11.4.2", "SSE2 64-Bit and 128-Bit SIMD Integer Instructions")]
    [Manual("1", "12.10.5", "Packed Blending Instructions")]
    [Manual("1", "12.10.7", "Insertion and Extractions from XMM Registers")]
    [Manual("1", "12.10.8", "Packed Integer Format Conversions")]
    [Manual("1", "12.3.3", "SIMD Floating-Point LOAD/MOVE/DUPLICATE Instructions")]
    [Manual("1", "12.6", "SSSE3 Instructions")]
    [Manual("1", "12.6.1", "Horizontal Addition/Subtraction")]
    [Manual("1", "9.4.1", "Data Transfer Instructions")]
    [Manual("1", "9.4.2", "Arithmetic Instructions")]
    [Manual("1", "9.4.3", "Comparison Instructions")]
    [Manual("1", "9.4.4", "Conversion Instructions")]
    [Manual("1", "9.4.6", "Logical Instructions")]
    [Manual("1", "9.4.7", "Shift Instructions")]
    [Manual("2A", "3.3", "EMMS—Empty MMX Technology State")]
    [Manual("2A", "3.3", "INSERTPS—Insert Scalar Single Precision Floating-Point Value")]
    [Manual("2B", "4.3", "MOVD/MOVQ—Move Doubleword/Move Quadword")]
    [Manual("2B", "4.3", "MOVDQ2Q—Move Quadword from XMM to MMX Technology Register")]
    [Manual("2B", "4.3", "MOVQ2DQ—Move Quadword from MMX Technology to XMM Register")]
    [Manual("2B", "4.3", "MOVQ—Move Quadword")]
    [Manual("2B", "4.3", "MPSADBW—Compute Multiple Packed Sums of Absolute Difference")]
    [Manual("2B", "4.3", "PALIGNR—Packed Align Right")]
    [Manual("2B", "4.3", "PHMINPOSUW—Packed Horizontal Word Minimum")]
    [Manual("2B", "4.3", "PMOVMSKB—Move Byte Mask")]
    [Manual("2B", "4.3", "PTEST—Logical Compare")]
    [Manual("2C", "5.3", "VBROADCAST—Load with Broadcast Floating-Point Data")]
    [Manual("2C", "5.3", "VPBROADCAST—Load Integer and Broadcast")]
    [Manual("2C", "5.3", "VPERM2F128—Permute Floating-Point Values")]
    [Manual("2C", "5.3", "VPERMD/VPERMW—Permute Packed Doubleword/Word Elements")]
    [Manual("2C", "5.3", "VPERMILPS—Permute In-Lane of Quadruples of Single Precision Floating-Point Values")]
    [Manual("2C", "5.3", "VPERMQ—Qwords Element Permutation")]
    [Manual("2C", "5.3", "VTESTPD/VTESTPS—Packed Bit Test")]
    [Manual("2C", "5.3", "VZEROALL—Zero XMM, YMM, and ZMM Registers")]
    [Manual("2C", "5.3", "VZEROUPPER—Zero Upper Bits of YMM and ZMM Registers")]
    [Manual("3A", "13.2", "The MMX State and MMX Register Aliasing")]
    public void Every_move_and_every_packed_integer_instruction_does_what_this_machines_processor_does() => Compare(InstructionGroup.Integer, leastForms: 2500);

    [Fact]
    [Trait("Speed", "Slow")]
    [Manual("1", "12.13", "AESNI and PCLMULQDQ")]
    [Manual("2A", "3.3", "AESDECLAST—Perform Last Round of an AES Decryption Flow")]
    [Manual("2A", "3.3", "AESDEC—Perform One Round of an AES Decryption Flow")]
    [Manual("2A", "3.3", "AESENCLAST—Perform Last Round of an AES Encryption Flow")]
    [Manual("2A", "3.3", "AESENC—Perform One Round of an AES Encryption Flow")]
    [Manual("2A", "3.3", "AESIMC—Perform the AES InvMixColumn Transformation")]
    [Manual("2A", "3.3", "AESKEYGENASSIST—AES Round Key Generation Assist")]
    [Manual("2B", "4.1", "Imm8 Control Byte Operation for PCMPESTRI/PCMPESTRM/PCMPISTRI/PCMPISTRM")]
    [Manual("2B", "4.1.2", "Source Data Format")]
    [Manual("2B", "4.1.3", "Aggregation Operation")]
    [Manual("2B", "4.1.4", "Polarity")]
    [Manual("2B", "4.1.5", "Output Selection")]
    [Manual("2B", "4.1.6", "Valid/Invalid Override of Comparisons")]
    [Manual("2B", "4.3", "MASKMOVDQU—Store Selected Bytes of Double Quadword")]
    [Manual("2B", "4.3", "MASKMOVQ—Store Selected Bytes of Quadword")]
    [Manual("2B", "4.3", "PCLMULQDQ—Carry-Less Multiplication Quadword")]
    [Manual("2C", "5.3", "VMASKMOV—Conditional SIMD Packed Loads and Stores")]
    [Manual("2C", "5.3", "VPGATHERDD/VPGATHERQD—Gather Packed Dword Values Using Signed Dword/Qword Indices")]
    [Manual("2C", "5.3", "VPMASKMOV—Conditional SIMD Integer Packed Loads and Stores")]
    public void AES_string_comparisons_gathers_and_masked_moves_do_what_this_machines_processor_does() => Compare(InstructionGroup.Special, leastForms: 300);

    [Fact]
    [Trait("Speed", "Slow")]
    [Manual("1", "10.4.1.2", "SSE Arithmetic Instructions")]
    [Manual("1", "10.4.1.4", "SSE Comparison Instructions")]
    [Manual("1", "11.4.1.2", "SSE2 Arithmetic Instructions")]
    [Manual("1", "11.4.1.6", "SSE2 Conversion Instructions")]
    [Manual("1", "11.5.2", "SIMD Floating-Point Exception Conditions")]
    [Manual("1", "11.5.2.1", "Invalid Operation Exception (#I)")]
    [Manual("1", "11.5.3", "Generating SIMD Floating-Point Exceptions")]
    [Manual("1", "11.6.7", "SSE2 Instructions That Use MMX Registers")]
    [Manual("1", "12.10.6", "Floating-Point Rounding Instructions with Selectable Rounding Mode")]
    [Manual("1", "12.3.4", "SIMD Floating-Point Packed ADD/SUB Instructions")]
    [Manual("1", "14.5", "Fused-Multiply-ADD (FMA) Extensions")]
    [Manual("1", "14.5.2", "Fused-Multiply-ADD (FMA) Numeric Behavior")]
    [Manual("1", "4.2.2", "Floating-Point Data Types")]
    [Manual("1", "4.8.3", "Real Number and Non-number Encodings")]
    [Manual("1", "4.8.3.7", "QNaN Floating-Point Indefinite")]
    [Manual("1", "4.8.4", "Rounding")]
    [Manual("1", "4.9.1", "Floating-Point Exception Conditions")]
    [Manual("1", "4.9.1.4", "Numeric Overflow Exception (#O)")]
    [Manual("1", "4.9.1.5", "Numeric Underflow Exception (#U)")]
    [Manual("1", "4.9.1.6", "Inexact-Result (Precision) Exception (#P)")]
    [Manual("2A", "3.3", "CMPPS—Compare Packed Single Precision Floating-Point Values")]
    [Manual("2A", "3.3", "COMISS—Compare Scalar Ordered Single Precision Floating-Point Values and Set EFLAGS")]
    [Manual("2A", "3.3", "DPPD—Dot Product of Packed Double Precision Floating-Point Values")]
    [Manual("2A", "3.3", "DPPS—Dot Product of Packed Single Precision Floating-Point Values")]
    [Manual("2B", "4.3", "MAXPS—Maximum of Packed Single Precision Floating-Point Values")]
    [Manual("2B", "4.3", "MINPS—Minimum of Packed Single Precision Floating-Point Values")]
    [Manual("2C", "5.3", "VCVTPH2PS—Convert Packed FP16 Values to Single Precision Floating-Point Values")]
    [Manual("2C", "5.3", "VCVTPS2PH—Convert Single-Precision FP Value to 16-bit FP Value")]
    [Manual("3A", "6.15", "Interrupt 19—SIMD Floating-Point Exception (#XM)")]
    public void Every_SIMD_floating_point_instruction_does_what_this_machines_processor_does() => Compare(InstructionGroup.Float, leastForms: 2500);

    [Fact]
    [Trait("Speed", "Slow")]
    [Manual("1", "4.7", "BCD and Packed BCD Integers")]
    [Manual("1", "4.8.3.5", "Operating on SNaNs and QNaNs")]
    [Manual("1", "8.1", "x87 FPU Execution Environment")]
    [Manual("1", "8.1.10", "Saving the x87 FPU’s State with FSTENV/FNSTENV and FSAVE/FNSAVE")]
    [Manual("1", "8.1.2", "x87 FPU Data Registers")]
    [Manual("1", "8.1.3", "x87 FPU Status Register")]
    [Manual("1", "8.1.3.2", "Condition Code Flags")]
    [Manual("1", "8.1.5", "x87 FPU Control Word")]
    [Manual("1", "8.1.5.2", "Precision Control Field")]
    [Manual("1", "8.1.5.3", "Rounding Control Field")]
    [Manual("1", "8.1.7", "x87 FPU Tag Word")]
    [Manual("1", "8.1.8", "x87 FPU Instruction and Data (Operand) Pointers")]
    [Manual("1", "8.1.9.1", "Fopcode Compatibility Sub-mode")]
    [Manual("1", "8.2.2", "Unsupported Double Extended-Precision Floating-Point Encodings and Pseudo-Denormals")]
    [Manual("1", "8.3", "x87 FPU Instruction Set")]
    [Manual("1", "8.3.11", "x87 FPU Control Instructions")]
    [Manual("1", "8.3.3", "Data Transfer Instructions")]
    [Manual("1", "8.3.5", "Basic Arithmetic Instructions")]
    [Manual("1", "8.3.6", "Comparison and Classification Instructions")]
    [Manual("1", "8.3.7", "Trigonometric Instructions")]
    [Manual("1", "8.3.8", "Approximation of Pi")]
    [Manual("1", "8.3.9", "Logarithmic, Exponential, and Scale")]
    [Manual("1", "8.5", "x87 FPU Floating-Point Exception Conditions")]
    [Manual("1", "8.5.1.1", "Stack Overflow or Underflow Exception (#IS)")]
    [Manual("1", "8.5.4", "Numeric Overflow Exception (#O)")]
    [Manual("1", "8.5.5", "Numeric Underflow Exception (#U)")]
    [Manual("2A", "3.3", "FABS—Absolute Value")]
    [Manual("2A", "3.3", "FBLD—Load Binary Coded Decimal")]
    [Manual("2A", "3.3", "FBSTP—Store BCD Integer and Pop")]
    [Manual("2A", "3.3", "FCHS—Change Sign")]
    [Manual("2A", "3.3", "FCLEX/FNCLEX—Clear Exceptions")]
    [Manual("2A", "3.3", "FCOS—Cosine")]
    [Manual("2A", "3.3", "FDECSTP—Decrement Stack-Top Pointer")]
    [Manual("2A", "3.3", "FFREE—Free Floating-Point Register")]
    [Manual("2A", "3.3", "FILD—Load Integer")]
    [Manual("2A", "3.3", "FINCSTP—Increment Stack-Top Pointer")]
    [Manual("2A", "3.3", "FINIT/FNINIT—Initialize Floating-Point Unit")]
    [Manual("2A", "3.3", "FIST/FISTP—Store Integer")]
    [Manual("2A", "3.3", "FISTTP—Store Integer With Truncation")]
    [Manual("2A", "3.3", "FLD1/FLDL2T/FLDL2E/FLDPI/FLDLG2/FLDLN2/FLDZ—Load Constant")]
    [Manual("2A", "3.3", "FLDCW—Load x87 FPU Control Word")]
    [Manual("2A", "3.3", "FLDENV—Load x87 FPU Environment")]
    [Manual("2A", "3.3", "FLD—Load Floating-Point Value")]
    [Manual("2A", "3.3", "FNOP—No Operation")]
    [Manual("2A", "3.3", "FPATAN—Partial Arctangent")]
    [Manual("2A", "3.3", "FPREM1—Partial Remainder")]
    [Manual("2A", "3.3", "FPTAN—Partial Tangent")]
    [Manual("2A", "3.3", "FRNDINT—Round to Integer")]
    [Manual("2A", "3.3", "FRSTOR—Restore x87 FPU State")]
    [Manual("2A", "3.3", "FSAVE/FNSAVE—Store x87 FPU State")]
    [Manual("2A", "3.3", "FSCALE—Scale")]
    [Manual("2A", "3.3", "FSINCOS—Sine and Cosine")]
    [Manual("2A", "3.3", "FSIN—Sine")]
    [Manual("2A", "3.3", "FSQRT—Square Root")]
    [Manual("2A", "3.3", "FST/FSTP—Store Floating-Point Value")]
    [Manual("2A", "3.3", "FSTCW/FNSTCW—Store x87 FPU Control Word")]
    [Manual("2A", "3.3", "FSTENV/FNSTENV—Store x87 FPU Environment")]
    [Manual("2A", "3.3", "FSTSW/FNSTSW—Store x87 FPU Status Word")]
    [Manual("2A", "3.3", "FUCOM/FUCOMP/FUCOMPP—Unordered Compare Floating-Point Values")]
    [Manual("2A", "3.3", "FXAM—Examine Floating-Point")]
    [Manual("2A", "3.3", "FXCH—Exchange Register Contents")]
    [Manual("2A", "3.3", "FXTRACT—Extract Exponent and Significand")]
    [Manual("2A", "3.3", "FYL2X—Compute y ∗ log2x")]
    [Manual("3B", "23.18.8", "x87 FPU and Intel 486 SX Processor")]
    public void Every_x87_instruction_does_what_this_machines_processor_does() => Compare(InstructionGroup.X87, leastForms: 800, casesEach: 600);

    /// <summary>The negative control: an addition that forgets the precision exception.</summary>
    [Fact]
    public void A_wrong_flag_is_found()
    {
        using NativeProcessor there = Start();
        using var here = new SoftwareProcessor { Instead = WithoutPrecision };
        byte[] addpsXmm0Xmm1 = [0x0F, 0x58, 0xC1];
        Form form = new(Instruction.Create(Code.Addps_xmm_xmmm128, Iced.Intel.Register.XMM0, Iced.Intel.Register.XMM1), 64, addpsXmm0Xmm1, "");
        Assert.NotNull(new ExtendedRun(there, here, new Random(1)).FirstDifference(form, 200));
        here.Instead = null;
        Assert.Null(new ExtendedRun(there, here, new Random(1)).FirstDifference(form, 200));
    }

    private static unsafe Outcome WithoutPrecision(Processor p)
    {
        const uint PrecisionFlag = 1 << 5;
        uint before = p.Extended.File.Mxcsr;
        Instruction addps = Instruction.Create(Code.Addps_xmm_xmmm128, Iced.Intel.Register.XMM0, Iced.Intel.Register.XMM1);
        Processors.Decoding.Operation op = Processors.Decoding.OperandEncoder.Encode(addps, Processors.Decoding.CodeMode.Bits64);
        Outcome outcome = Processors.Execution.InstructionTable.Bind(p.Model, addps, out _)(p, op);
        p.Extended.File.Mxcsr = p.Extended.File.Mxcsr & ~PrecisionFlag | before & PrecisionFlag;
        return outcome;
    }

    private static NativeProcessor Start()
    {
        NativeProcessor? native = NativeProcessor.TryStart(out string reason);
        Assert.SkipWhen(native is null, reason);
        return native!;
    }

    private void Compare(InstructionGroup group, int leastForms, int casesEach = CasesEach)
    {
        using NativeProcessor there = Start();
        using var here = new SoftwareProcessor();
        var long64 = new FormGenerator(new Random(20), 64, group);
        var compatible32 = new FormGenerator(new Random(20), 32, group);
        List<Form> forms = [.. long64.Generate(), .. compatible32.Generate()];
        var differences = new List<string>();
        var run = new ExtendedRun(there, here, new Random(2020));
        foreach (Form form in forms)
            if (run.FirstDifference(form, casesEach) is { } difference) differences.Add(difference);
        output.WriteLine($"{forms.Count} forms, {forms.Count * casesEach} cases, of which {run.Faults} ended in an exception");
        foreach (string skipped in long64.Skipped) output.WriteLine($"skipped, this machine's processor has no {skipped}");
        Assert.True(forms.Count >= leastForms || long64.Skipped.Count > 0, $"only {forms.Count} forms");
        Assert.True(differences.Count == 0, $"{differences.Count} of {forms.Count} forms differ:\n{string.Join('\n', differences.Take(100))}");
    }
}
