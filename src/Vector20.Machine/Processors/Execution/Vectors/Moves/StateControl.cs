using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>VZEROALL, VZEROUPPER and EMMS.</summary>
internal static unsafe class StateControl
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Vzeroall => &ZeroAll,
        Mnemonic.Vzeroupper => &ZeroUpper,
        Mnemonic.Emms => &EmptyMmx,
        _ => null,
    };

    [Manual("2C", "5.3", "VZEROALL—Zero XMM, YMM, and ZMM Registers")]
    private static Outcome ZeroAll(Processor p, in Operation op)
    {
        if (!p.UseAvx()) return Outcome.Stop;
        for (int i = 0; i < Count(p); i++) p.Ymm(i) = default;
        return Outcome.Continue;
    }

    [Manual("2C", "5.3", "VZEROUPPER—Zero Upper Bits of YMM and ZMM Registers")]
    private static Outcome ZeroUpper(Processor p, in Operation op)
    {
        if (!p.UseAvx()) return Outcome.Stop;
        for (int i = 0; i < Count(p); i++) p.Ymm(i) = p.Ymm(i).WithUpper(default);
        return Outcome.Continue;
    }

    [Manual("2A", "3.3", "EMMS—Empty MMX Technology State")]
    private static Outcome EmptyMmx(Processor p, in Operation op)
    {
        if (!p.UseMmx()) return Outcome.Stop;
        p.Extended.File.Top = 0;
        p.Extended.File.Valid = 0;
        return Outcome.Continue;
    }

    /// <summary>Outside 64-bit mode registers 8-15 are out of reach.</summary>
    private static int Count(Processor p) => p.Is64Bit ? 16 : 8;
}
