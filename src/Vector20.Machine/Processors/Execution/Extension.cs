using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>Zero- and sign-extension: MOVZX, MOVSX, MOVSXD, CBW, CWDE, CDQE, CWD, CDQ, CQO.</summary>
[Manual("2B", "4.3", "MOVSX/MOVSXD—Move With Sign-Extension")]
[Manual("2B", "4.3", "MOVZX—Move With Zero-Extend")]
[Manual("2A", "3.3", "CBW/CWDE/CDQE—Convert Byte to Word/Convert Word to Doubleword/Convert Doubleword to Quadword")]
internal static unsafe class Extension
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Movzx => SourceWidth(i) == 1 ? Move<byte>(i) : Move<ushort>(i),
        Mnemonic.Movsx => SourceWidth(i) == 1 ? Move<sbyte>(i) : Move<short>(i),
        Mnemonic.Movsxd => SourceWidth(i) == 2 ? Move<short>(i) : Move<int>(i),
        Mnemonic.Cbw => &Widen<sbyte, ushort>,
        Mnemonic.Cwde => &Widen<short, uint>,
        Mnemonic.Cdqe => &Widen<int, ulong>,
        Mnemonic.Cwd => &Spread<short, ushort>,
        Mnemonic.Cdq => &Spread<int, uint>,
        Mnemonic.Cqo => &Spread<long, ulong>,
        _ => null,
    };

    private static int SourceWidth(in Instruction i) => i.Op1Kind == OpKind.Register ? i.Op1Register.GetSize() : i.MemorySize.GetSize();

    private static Handler Move<TFrom>(in Instruction i) where TFrom : unmanaged, IBinaryInteger<TFrom> => i.Op0Register.GetSize() switch
    {
        2 => Move<TFrom, ushort>(i),
        4 => Move<TFrom, uint>(i),
        _ => Move<TFrom, ulong>(i),
    };

    private static Handler Move<TFrom, TTo>(in Instruction i) where TFrom : unmanaged, IBinaryInteger<TFrom> where TTo : unmanaged, IBinaryInteger<TTo> =>
        i.Op1Kind == OpKind.Register ? &FromRegister<TFrom, TTo> : &FromMemory<TFrom, TTo>;

    private static Outcome FromRegister<TFrom, TTo>(Processor p, in Operation op)
        where TFrom : unmanaged, IBinaryInteger<TFrom> where TTo : unmanaged, IBinaryInteger<TTo>
    {
        p.Set(op.Destination, TTo.CreateTruncating(p.Get<TFrom>(op.Source)));
        return Outcome.Continue;
    }

    private static Outcome FromMemory<TFrom, TTo>(Processor p, in Operation op)
        where TFrom : unmanaged, IBinaryInteger<TFrom> where TTo : unmanaged, IBinaryInteger<TTo>
    {
        if (!p.Load(op, out TFrom value)) return Outcome.Stop;
        p.Set(op.Destination, TTo.CreateTruncating(value));
        return Outcome.Continue;
    }

    /// <summary>AL to AX, AX to EAX, EAX to RAX.</summary>
    private static Outcome Widen<TFrom, TTo>(Processor p, in Operation op)
        where TFrom : unmanaged, IBinaryInteger<TFrom> where TTo : unmanaged, IBinaryInteger<TTo>
    {
        p.Set(Register.Rax, TTo.CreateTruncating(p.Get<TFrom>(Register.Rax)));
        return Outcome.Continue;
    }

    /// <summary>The sign of AX, EAX or RAX fills DX, EDX or RDX.</summary>
    private static Outcome Spread<TSigned, T>(Processor p, in Operation op)
        where TSigned : unmanaged, IBinaryInteger<TSigned> where T : unmanaged, IBinaryInteger<T>
    {
        p.Set(Register.Rdx, T.CreateTruncating(p.Get<TSigned>(Register.Rax) >> (8 * sizeof(T) - 1)));
        return Outcome.Continue;
    }
}
