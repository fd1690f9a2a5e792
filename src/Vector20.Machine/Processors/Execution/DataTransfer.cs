using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>Moves between general registers, memory and immediates; LEA.</summary>
[Manual("1", "7.3.1", "Data Transfer Instructions")]
internal static unsafe class DataTransfer
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Mov => Move(i),
        Mnemonic.Lea => i.Op0Register.GetSize() switch { 2 => &LoadAddress<ushort>, 4 => &LoadAddress<uint>, _ => &LoadAddress<ulong> },
        _ => null,
    };

    private static Handler Move(in Instruction i)
    {
        if (i.Op0Kind == OpKind.Register && !i.Op0Register.IsGPR() || i.Op1Kind == OpKind.Register && !i.Op1Register.IsGPR()) return null;
        return OperandForms.WidthOf(i) switch { 1 => Move<byte>(i), 2 => Move<ushort>(i), 4 => Move<uint>(i), _ => Move<ulong>(i) };
    }

    private static Handler Move<T>(in Instruction i) where T : unmanaged, System.Numerics.IBinaryInteger<T> => (i.Op0Kind, i.Op1Kind) switch
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

    private static Outcome RegisterImmediate<T>(Processor p, in Operation op) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        p.Set(op.Destination, T.CreateTruncating(op.Immediate));
        return Outcome.Continue;
    }

    private static Outcome MemoryRegister<T>(Processor p, in Operation op) where T : unmanaged =>
        p.Store(op, p.Get<T>(op.Source)) ? Outcome.Continue : Outcome.Stop;

    private static Outcome MemoryImmediate<T>(Processor p, in Operation op) where T : unmanaged, System.Numerics.IBinaryInteger<T> =>
        p.Store(op, T.CreateTruncating(op.Immediate)) ? Outcome.Continue : Outcome.Stop;

    private static Outcome LoadAddress<T>(Processor p, in Operation op) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        p.Set(op.Destination, T.CreateTruncating(p.EffectiveAddress(op)));
        return Outcome.Continue;
    }
}
