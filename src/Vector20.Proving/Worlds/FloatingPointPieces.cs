using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Proving.Asking.Plans;
using Vector20.Proving.Questions;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Proving.Worlds;

/// <summary>Code that raises the exceptions of x87 and SSE: #NM, #MF and #XM.</summary>
internal static class FloatingPointPieces
{
    private const short ControlWordWithoutZeroDivide = 0x37B;
    /// <summary>What SSE needs of CR4 so that an unmasked exception is #XM.</summary>
    public const uint Simd = (uint)(Cr4.OSFXSR | Cr4.OSXMMEXCPT);

    private const int MxcsrWithoutZeroDivide = 0x1D80, One = 0x3F80_0000;

    /// <summary>A doubleword that the guest may write.</summary>
    private const uint Data = GuestLayout.Data + 0x200, RealData = 0x3200;

    public static IEnumerable<CodePiece> All()
    {
        static bool Kernel(CpuMode mode, int cpl) => cpl == 0;
        yield return new("device-not-available", CodeGroup.Exception, (a, c) =>
        {
            Privileged.SetCr0(a, (uint)Cr0.TS);
            c.Act();
            a.fnop();
        }, Kernel);
        yield return new("floating-point", CodeGroup.Exception, (a, c) =>
        {
            DivideByZero(a);
            c.Act();
            a.wait();
        });
        yield return new("simd-floating-point", CodeGroup.Exception, (a, c) =>
        {
            Privileged.SetCr4(a, Simd);
            PrepareSimd(a);
            c.Act();
            a.divss(xmm1, xmm0);
        }, Kernel);
    }

    /// <summary>Leaves a division by zero that the next waiting x87 instruction reports as #MF.</summary>
    public static void DivideByZero(Assembler a)
    {
        a.fninit();
        At(a);
        a.mov(__word_ptr[ebx], ControlWordWithoutZeroDivide);
        a.fldcw(__word_ptr[ebx]);
        a.fld1();
        a.fldz();
        a.fdivp(st1, st0);
    }

    /// <summary>Makes a division of XMM1 by XMM0 one by zero, which is not masked.</summary>
    public static void PrepareSimd(Assembler a)
    {
        At(a);
        a.mov(__dword_ptr[ebx], MxcsrWithoutZeroDivide);
        a.ldmxcsr(__dword_ptr[ebx]);
        a.xorps(xmm0, xmm0);
        a.mov(eax, One);
        a.movd(xmm1, eax);
    }

    private static void At(Assembler a) => a.mov(ebx, a.Bitness == 16 ? RealData : Data);
}
