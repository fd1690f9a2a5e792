using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>Instructions that write operand 0, a register, from operands 1 and 2: IMUL with an immediate, and the VEX-encoded ones.</summary>
internal static unsafe class ThreeOperandForms
{
    public static Handler Bind<TOp>(in Instruction i) where TOp : struct, IBinary => i.Op0Register.GetSize() switch
    {
        2 => Bind<TOp, ushort>(i),
        4 => Bind<TOp, uint>(i),
        _ => Bind<TOp, ulong>(i),
    };

    private static Handler Bind<TOp, T>(in Instruction i) where TOp : struct, IBinary where T : unmanaged, IBinaryInteger<T> =>
        (i.Op1Kind, i.Op2Kind) switch
        {
            (OpKind.Register, OpKind.Register) => &RegisterRegister<TOp, T>,
            (OpKind.Register, OpKind.Memory) => &RegisterMemory<TOp, T>,
            (OpKind.Register, _) => &RegisterImmediate<TOp, T>,
            (_, OpKind.Register) => &MemoryRegister<TOp, T>,
            _ => &MemoryImmediate<TOp, T>,
        };

    private static Outcome RegisterRegister<TOp, T>(Processor p, in Operation op) where TOp : struct, IBinary where T : unmanaged, IBinaryInteger<T>
    {
        p.Set(op.Destination, TOp.Compute(p, p.Get<T>(op.Source), p.Get<T>((byte)op.Immediate)));
        return Outcome.Continue;
    }

    private static Outcome RegisterMemory<TOp, T>(Processor p, in Operation op) where TOp : struct, IBinary where T : unmanaged, IBinaryInteger<T>
    {
        if (!p.Load(op, out T second)) return Outcome.Stop;
        p.Set(op.Destination, TOp.Compute(p, p.Get<T>(op.Source), second));
        return Outcome.Continue;
    }

    private static Outcome RegisterImmediate<TOp, T>(Processor p, in Operation op) where TOp : struct, IBinary where T : unmanaged, IBinaryInteger<T>
    {
        p.Set(op.Destination, TOp.Compute(p, p.Get<T>(op.Source), T.CreateTruncating(op.Immediate)));
        return Outcome.Continue;
    }

    private static Outcome MemoryRegister<TOp, T>(Processor p, in Operation op) where TOp : struct, IBinary where T : unmanaged, IBinaryInteger<T>
    {
        if (!p.Load(op, out T first)) return Outcome.Stop;
        p.Set(op.Destination, TOp.Compute(p, first, p.Get<T>(op.Source)));
        return Outcome.Continue;
    }

    private static Outcome MemoryImmediate<TOp, T>(Processor p, in Operation op) where TOp : struct, IBinary where T : unmanaged, IBinaryInteger<T>
    {
        if (!p.Load(op, out T first)) return Outcome.Stop;
        p.Set(op.Destination, TOp.Compute(p, first, T.CreateTruncating(op.Immediate)));
        return Outcome.Continue;
    }
}
