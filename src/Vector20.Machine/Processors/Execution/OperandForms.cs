using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>An operation on a destination and a source that writes the destination: ADD, AND, ...</summary>
internal interface IBinary
{
    /// <summary>Computes the result and sets flags.</summary>
    static abstract T Compute<T>(Processor p, T destination, T source) where T : unmanaged, IBinaryInteger<T>;
}

/// <summary>An operation on two operands that sets flags and writes neither: CMP, TEST.</summary>
internal interface ICompare
{
    /// <summary>Sets flags.</summary>
    static abstract void Compare<T>(Processor p, T left, T right) where T : unmanaged, IBinaryInteger<T>;
}

/// <summary>An operation on one operand: INC, DEC, NOT, NEG.</summary>
internal interface IUnary
{
    /// <summary>Computes the result and sets flags.</summary>
    static abstract T Compute<T>(Processor p, T operand) where T : unmanaged, IBinaryInteger<T>;
}

/// <summary>
/// The operand forms that most instructions share - register or memory, register, memory or immediate, four widths - each
/// written once and instantiated for every operation.
/// </summary>
internal static unsafe class OperandForms
{
    public static Handler Binary<TOp>(in Instruction i) where TOp : struct, IBinary => WidthOf(i) switch
    {
        1 => Binary<TOp, byte>(i),
        2 => Binary<TOp, ushort>(i),
        4 => Binary<TOp, uint>(i),
        _ => Binary<TOp, ulong>(i),
    };

    public static Handler Compare<TOp>(in Instruction i) where TOp : struct, ICompare => WidthOf(i) switch
    {
        1 => Compare<TOp, byte>(i),
        2 => Compare<TOp, ushort>(i),
        4 => Compare<TOp, uint>(i),
        _ => Compare<TOp, ulong>(i),
    };

    public static Handler Unary<TOp>(in Instruction i) where TOp : struct, IUnary => WidthOf(i) switch
    {
        1 => Unary<TOp, byte>(i),
        2 => Unary<TOp, ushort>(i),
        4 => Unary<TOp, uint>(i),
        _ => Unary<TOp, ulong>(i),
    };

    /// <summary>Width in bytes of operand 0, a register or memory.</summary>
    public static int WidthOf(in Instruction i) =>
        i.Op0Kind == OpKind.Register ? i.Op0Register.GetSize() : i.MemorySize.GetSize();

    private static Handler Binary<TOp, T>(in Instruction i) where TOp : struct, IBinary where T : unmanaged, IBinaryInteger<T> =>
        (i.Op0Kind, i.Op1Kind) switch
        {
            (OpKind.Register, OpKind.Register) => &RegisterRegister<TOp, T>,
            (OpKind.Register, OpKind.Memory) => &RegisterMemory<TOp, T>,
            (OpKind.Register, _) => &RegisterImmediate<TOp, T>,
            (_, OpKind.Register) => &MemoryRegister<TOp, T>,
            _ => &MemoryImmediate<TOp, T>,
        };

    private static Handler Compare<TOp, T>(in Instruction i) where TOp : struct, ICompare where T : unmanaged, IBinaryInteger<T> =>
        (i.Op0Kind, i.Op1Kind) switch
        {
            (OpKind.Register, OpKind.Register) => &CompareRegisterRegister<TOp, T>,
            (OpKind.Register, OpKind.Memory) => &CompareRegisterMemory<TOp, T>,
            (OpKind.Register, _) => &CompareRegisterImmediate<TOp, T>,
            (_, OpKind.Register) => &CompareMemoryRegister<TOp, T>,
            _ => &CompareMemoryImmediate<TOp, T>,
        };

    private static Handler Unary<TOp, T>(in Instruction i) where TOp : struct, IUnary where T : unmanaged, IBinaryInteger<T> =>
        i.Op0Kind == OpKind.Register ? &Register<TOp, T> : &Memory<TOp, T>;

    private static Outcome RegisterRegister<TOp, T>(Processor p, in Operation op) where TOp : struct, IBinary where T : unmanaged, IBinaryInteger<T>
    {
        p.Set(op.Destination, TOp.Compute(p, p.Get<T>(op.Destination), p.Get<T>(op.Source)));
        return Outcome.Continue;
    }

    private static Outcome RegisterMemory<TOp, T>(Processor p, in Operation op) where TOp : struct, IBinary where T : unmanaged, IBinaryInteger<T>
    {
        if (!p.Load(op, out T source)) return Outcome.Stop;
        p.Set(op.Destination, TOp.Compute(p, p.Get<T>(op.Destination), source));
        return Outcome.Continue;
    }

    private static Outcome RegisterImmediate<TOp, T>(Processor p, in Operation op) where TOp : struct, IBinary where T : unmanaged, IBinaryInteger<T>
    {
        p.Set(op.Destination, TOp.Compute(p, p.Get<T>(op.Destination), T.CreateTruncating(op.Immediate)));
        return Outcome.Continue;
    }

    private static Outcome MemoryRegister<TOp, T>(Processor p, in Operation op) where TOp : struct, IBinary where T : unmanaged, IBinaryInteger<T> =>
        Modify<TOp, T>(p, op, p.Get<T>(op.Source));

    private static Outcome MemoryImmediate<TOp, T>(Processor p, in Operation op) where TOp : struct, IBinary where T : unmanaged, IBinaryInteger<T> =>
        Modify<TOp, T>(p, op, T.CreateTruncating(op.Immediate));

    /// <summary>Read-modify-write. Flags are put back if the write faults, which only a device's doing can cause after the read.</summary>
    private static Outcome Modify<TOp, T>(Processor p, in Operation op, T source) where TOp : struct, IBinary where T : unmanaged, IBinaryInteger<T>
    {
        if (!p.LoadForWrite(op, out T destination, out nint place)) return Outcome.Stop;
        if (place != 0)
        {
            Processor.WriteBack(place, TOp.Compute(p, destination, source));
            return Outcome.Continue;
        }

        StatusFlags before = p.Flags;
        if (p.Store(op, TOp.Compute(p, destination, source))) return Outcome.Continue;
        p.Flags = before;
        return Outcome.Stop;
    }

    private static Outcome CompareRegisterRegister<TOp, T>(Processor p, in Operation op) where TOp : struct, ICompare where T : unmanaged, IBinaryInteger<T>
    {
        TOp.Compare(p, p.Get<T>(op.Destination), p.Get<T>(op.Source));
        return Outcome.Continue;
    }

    private static Outcome CompareRegisterMemory<TOp, T>(Processor p, in Operation op) where TOp : struct, ICompare where T : unmanaged, IBinaryInteger<T>
    {
        if (!p.Load(op, out T right)) return Outcome.Stop;
        TOp.Compare(p, p.Get<T>(op.Destination), right);
        return Outcome.Continue;
    }

    private static Outcome CompareRegisterImmediate<TOp, T>(Processor p, in Operation op) where TOp : struct, ICompare where T : unmanaged, IBinaryInteger<T>
    {
        TOp.Compare(p, p.Get<T>(op.Destination), T.CreateTruncating(op.Immediate));
        return Outcome.Continue;
    }

    private static Outcome CompareMemoryRegister<TOp, T>(Processor p, in Operation op) where TOp : struct, ICompare where T : unmanaged, IBinaryInteger<T>
    {
        if (!p.Load(op, out T left)) return Outcome.Stop;
        TOp.Compare(p, left, p.Get<T>(op.Source));
        return Outcome.Continue;
    }

    private static Outcome CompareMemoryImmediate<TOp, T>(Processor p, in Operation op) where TOp : struct, ICompare where T : unmanaged, IBinaryInteger<T>
    {
        if (!p.Load(op, out T left)) return Outcome.Stop;
        TOp.Compare(p, left, T.CreateTruncating(op.Immediate));
        return Outcome.Continue;
    }

    private static Outcome Register<TOp, T>(Processor p, in Operation op) where TOp : struct, IUnary where T : unmanaged, IBinaryInteger<T>
    {
        p.Set(op.Destination, TOp.Compute(p, p.Get<T>(op.Destination)));
        return Outcome.Continue;
    }

    private static Outcome Memory<TOp, T>(Processor p, in Operation op) where TOp : struct, IUnary where T : unmanaged, IBinaryInteger<T>
    {
        if (!p.LoadForWrite(op, out T operand, out nint place)) return Outcome.Stop;
        if (place != 0)
        {
            Processor.WriteBack(place, TOp.Compute(p, operand));
            return Outcome.Continue;
        }

        StatusFlags before = p.Flags;
        if (p.Store(op, TOp.Compute(p, operand))) return Outcome.Continue;
        p.Flags = before;
        return Outcome.Stop;
    }
}
