using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>Moves between general registers, memory and immediates; LEA, XLAT, SALC.</summary>
[Manual("2B", "4.3", "MOV—Move")]
[Manual("2A", "3.3", "LEA—Load Effective Address")]
internal static unsafe class DataTransfer
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Mov => Move(i),
        Mnemonic.Movnti or Mnemonic.Movdiri => i.Op1Register.GetSize() == 4 ? &MemoryRegister<uint> : &MemoryRegister<ulong>,
        Mnemonic.Lea => i.Op0Register.GetSize() switch { 2 => &LoadAddress<ushort>, 4 => &LoadAddress<uint>, _ => &LoadAddress<ulong> },
        Mnemonic.Xlatb => &Translate,
        Mnemonic.Salc => &SetAlFromCarry,
        _ => null,
    };

    private static Handler Move(in Instruction i)
    {
        if (i.Op0Kind == OpKind.Register && !i.Op0Register.IsGPR() || i.Op1Kind == OpKind.Register && !i.Op1Register.IsGPR()) return null;
        return OperandForms.WidthOf(i) switch { 1 => Move<byte>(i), 2 => Move<ushort>(i), 4 => Move<uint>(i), _ => Move<ulong>(i) };
    }

    private static Handler Move<T>(in Instruction i) where T : unmanaged, IBinaryInteger<T> => (i.Op0Kind, i.Op1Kind) switch
    {
        (OpKind.Register, OpKind.Register) => &RegisterRegister<T>,
        (OpKind.Register, OpKind.Memory) => &RegisterMemory<T>,
        (OpKind.Register, _) => &RegisterImmediate<T>,
        (_, OpKind.Register) => &MemoryRegister<T>,
        _ => &MemoryImmediate<T>,
    };

    private static Outcome RegisterRegister<T>(Processor p, in Operation op) where T : unmanaged
    {
        p.Set(op.Destination, p.Get<T>(op.Source));
        return Outcome.Continue;
    }

    private static Outcome RegisterMemory<T>(Processor p, in Operation op) where T : unmanaged
    {
        if (!p.Load(op, out T value)) return Outcome.Stop;
        p.Set(op.Destination, value);
        return Outcome.Continue;
    }

    private static Outcome RegisterImmediate<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
    {
        p.Set(op.Destination, T.CreateTruncating(op.Immediate));
        return Outcome.Continue;
    }

    private static Outcome MemoryRegister<T>(Processor p, in Operation op) where T : unmanaged =>
        p.Store(op, p.Get<T>(op.Source)) ? Outcome.Continue : Outcome.Stop;

    private static Outcome MemoryImmediate<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> =>
        p.Store(op, T.CreateTruncating(op.Immediate)) ? Outcome.Continue : Outcome.Stop;

    private static Outcome LoadAddress<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
    {
        p.Set(op.Destination, T.CreateTruncating(p.EffectiveAddress(op)));
        return Outcome.Continue;
    }

    /// <summary>AL becomes the byte at BX + AL, EBX + AL or RBX + AL.</summary>
    [Manual("2D", "6.1", "XLAT/XLATB—Table Look-up Translation")]
    private static Outcome Translate(Processor p, in Operation op)
    {
        ulong offset = p.EffectiveAddress(op) + p.Get<byte>(Register.Rax) & AddressSizes.Mask(op);
        if (!p.Read(op.Segment, offset, out byte value)) return Outcome.Stop;
        p.Set(Register.Rax, value);
        return Outcome.Continue;
    }

    /// <summary>D6H, which the manual leaves out and every processor has: AL becomes FFH if CF is 1, else 0.</summary>
    private static Outcome SetAlFromCarry(Processor p, in Operation op)
    {
        p.Set(Register.Rax, (byte)(p.Flags.Carry ? 0xFF : 0));
        return Outcome.Continue;
    }
}
