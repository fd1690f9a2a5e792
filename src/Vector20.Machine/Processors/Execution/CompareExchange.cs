using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>CMPXCHG, CMPXCHG8B and CMPXCHG16B. Memory is written whether it matched or not; of the registers only the one that changes.</summary>
[Manual("2A", "3.3", "CMPXCHG—Compare and Exchange")]
[Manual("2A", "3.3", "CMPXCHG8B/CMPXCHG16B—Compare and Exchange Bytes")]
internal static unsafe class CompareExchange
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Cmpxchg => OperandForms.WidthOf(i) switch { 1 => Bind<byte>(i), 2 => Bind<ushort>(i), 4 => Bind<uint>(i), _ => Bind<ulong>(i) },
        Mnemonic.Cmpxchg8b => &Double<uint>,
        Mnemonic.Cmpxchg16b => &Double<ulong>,
        _ => null,
    };

    private static Handler Bind<T>(in Instruction i) where T : unmanaged, IBinaryInteger<T> => i.Op0Kind == OpKind.Register ? &WithRegister<T> : &WithMemory<T>;

    private static Outcome WithRegister<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
    {
        T destination = p.Get<T>(op.Destination), source = p.Get<T>(op.Source);
        if (Compare(p, destination)) p.Set(op.Destination, source);
        else p.Set(Register.Rax, destination);
        return Outcome.Continue;
    }

    private static Outcome WithMemory<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
    {
        if (!p.LoadForWrite(op, out T destination)) return Outcome.Stop;
        T accumulator = p.Get<T>(Register.Rax);
        if (!p.Store(op, accumulator == destination ? p.Get<T>(op.Source) : destination)) return Outcome.Stop;
        if (!Compare(p, destination)) p.Set(Register.Rax, destination);
        return Outcome.Continue;
    }

    /// <summary>Compares the accumulator with the destination as CMP does.</summary>
    private static bool Compare<T>(Processor p, T destination) where T : unmanaged, IBinaryInteger<T>
    {
        T accumulator = p.Get<T>(Register.Rax), difference = accumulator - destination;
        p.Flags.Set(difference, Arithmetic.Borrows(accumulator, destination, difference));
        return T.IsZero(difference);
    }

    /// <summary>Compares rDX:rAX, and exchanges with rCX:rBX. Of the flags only ZF changes.</summary>
    private static Outcome Double<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
    {
        ulong offset = p.EffectiveAddress(op), upper = offset + (uint)sizeof(T) & AddressSizes.Mask(op);
        if (sizeof(T) == 8 && (p.Linear(op.Segment, offset) & 15) != 0) return p.Fault(ExceptionVector.GeneralProtection, 0);
        if (!p.ReadForWrite(op.Segment, offset, out T low) || !p.ReadForWrite(op.Segment, upper, out T high)) return Outcome.Stop;
        bool equal = low == p.Get<T>(Register.Rax) && high == p.Get<T>(Register.Rdx);
        if (!p.Write(op.Segment, offset, equal ? p.Get<T>(Register.Rbx) : low)) return Outcome.Stop;
        if (!p.Write(op.Segment, upper, equal ? p.Get<T>(Register.Rcx) : high)) return Outcome.Stop;
        p.Flags.Value = p.Flags.Value & ~Eflags.ZF | (equal ? Eflags.ZF : 0);
        if (equal) return Outcome.Continue;
        p.Set(Register.Rax, low);
        p.Set(Register.Rdx, high);
        return Outcome.Continue;
    }
}
