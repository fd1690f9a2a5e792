using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>DAA, DAS, AAA, AAS, AAM and AAD.</summary>
/// <remarks>Undefined by the manual, chosen here: SF, ZF and PF are those of AL; OF is 0, and so are CF and AF after AAM and AAD.</remarks>
[Manual("2A", "3.3", "DAA—Decimal Adjust AL After Addition")]
[Manual("2A", "3.3", "AAA—ASCII Adjust After Addition")]
[Manual("2A", "3.3", "AAM—ASCII Adjust AX After Multiply")]
[Manual("2A", "3.3", "AAD—ASCII Adjust AX Before Division")]
internal static unsafe class DecimalAdjust
{
    private const byte Ah = Register.Rax + 1;

    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Daa => &AfterAddition,
        Mnemonic.Das => &AfterSubtraction,
        Mnemonic.Aaa => &AsciiAfterAddition,
        Mnemonic.Aas => &AsciiAfterSubtraction,
        Mnemonic.Aam => &AsciiAfterMultiplication,
        Mnemonic.Aad => &AsciiBeforeDivision,
        _ => null,
    };

    private static Outcome AfterAddition(Processor p, in Operation op)
    {
        byte al = p.Get<byte>(Register.Rax);
        bool adjustLow = LowDigitNeedsIt(p, al), adjustHigh = al > 0x99 || p.Flags.Carry;
        byte result = (byte)(al + (adjustLow ? 6 : 0) + (adjustHigh ? 0x60 : 0));
        return Finish(p, result, adjustHigh, adjustLow);
    }

    /// <summary>Unlike DAA's, a borrow of the first step stays in CF.</summary>
    private static Outcome AfterSubtraction(Processor p, in Operation op)
    {
        byte al = p.Get<byte>(Register.Rax);
        bool adjustLow = LowDigitNeedsIt(p, al), adjustHigh = al > 0x99 || p.Flags.Carry;
        byte result = (byte)(al - (adjustLow ? 6 : 0) - (adjustHigh ? 0x60 : 0));
        return Finish(p, result, adjustHigh || adjustLow && al < 6, adjustLow);
    }

    private static Outcome AsciiAfterAddition(Processor p, in Operation op)
    {
        ushort ax = p.Get<ushort>(Register.Rax);
        bool adjust = LowDigitNeedsIt(p, (byte)ax);
        if (adjust) ax += 0x106;
        p.Set(Register.Rax, (ushort)(ax & 0xFF0F));
        return Finish(p, (byte)(ax & 0xF), adjust, adjust);
    }

    private static Outcome AsciiAfterSubtraction(Processor p, in Operation op)
    {
        ushort ax = p.Get<ushort>(Register.Rax);
        bool adjust = LowDigitNeedsIt(p, (byte)ax);
        if (adjust) ax -= 0x106;
        p.Set(Register.Rax, (ushort)(ax & 0xFF0F));
        return Finish(p, (byte)(ax & 0xF), adjust, adjust);
    }

    private static Outcome AsciiAfterMultiplication(Processor p, in Operation op)
    {
        byte al = p.Get<byte>(Register.Rax), radix = (byte)op.Immediate;
        if (radix == 0) return p.Fault(ExceptionVector.DivideError);
        p.Set(Ah, (byte)(al / radix));
        return Finish(p, (byte)(al % radix), false, false);
    }

    private static Outcome AsciiBeforeDivision(Processor p, in Operation op)
    {
        byte value = (byte)(p.Get<byte>(Register.Rax) + p.Get<byte>(Ah) * (byte)op.Immediate);
        p.Set(Ah, (byte)0);
        return Finish(p, value, false, false);
    }

    private static bool LowDigitNeedsIt(Processor p, byte al) => (al & 0xF) > 9 || p.Flags.Auxiliary;

    private static Outcome Finish(Processor p, byte al, bool carry, bool auxiliary)
    {
        p.Set(Register.Rax, al);
        p.Flags.Set(al, carry, false, auxiliary);
        return Outcome.Continue;
    }
}
