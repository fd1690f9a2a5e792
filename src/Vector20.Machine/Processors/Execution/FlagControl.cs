using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>STC, CLC, CMC, STD, CLD, LAHF and SAHF.</summary>
[Manual("2A", "3.3", "LAHF—Load Status Flags Into AH Register")]
[Manual("2B", "4.3", "SAHF—Store AH Into Flags")]
internal static unsafe class FlagControl
{
    private const uint InAh = Eflags.SF | Eflags.ZF | Eflags.AF | Eflags.PF | Eflags.CF;

    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Stc => &SetCarry,
        Mnemonic.Clc => &ClearCarry,
        Mnemonic.Cmc => &ComplementCarry,
        Mnemonic.Std => &SetDirection,
        Mnemonic.Cld => &ClearDirection,
        Mnemonic.Lahf => &LoadFlags,
        Mnemonic.Sahf => &StoreFlags,
        _ => null,
    };

    private static Outcome SetCarry(Processor p, in Operation op)
    {
        p.Flags.SetCarry(true);
        return Outcome.Continue;
    }

    private static Outcome ClearCarry(Processor p, in Operation op)
    {
        p.Flags.SetCarry(false);
        return Outcome.Continue;
    }

    private static Outcome ComplementCarry(Processor p, in Operation op)
    {
        p.Flags.SetCarry(!p.Flags.Carry);
        return Outcome.Continue;
    }

    private static Outcome SetDirection(Processor p, in Operation op)
    {
        p.SystemFlags |= Eflags.DF;
        return Outcome.Continue;
    }

    private static Outcome ClearDirection(Processor p, in Operation op)
    {
        p.SystemFlags &= ~Eflags.DF;
        return Outcome.Continue;
    }

    private static Outcome LoadFlags(Processor p, in Operation op)
    {
        p.Set(Register.Rax + 1, (byte)(p.Flags.Value | Eflags.AlwaysOne));
        return Outcome.Continue;
    }

    private static Outcome StoreFlags(Processor p, in Operation op)
    {
        p.Flags.Value = p.Flags.Value & ~InAh | p.Get<byte>(Register.Rax + 1) & InAh;
        return Outcome.Continue;
    }
}
