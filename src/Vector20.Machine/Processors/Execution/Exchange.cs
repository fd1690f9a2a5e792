using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>XCHG, XADD, BSWAP and MOVBE.</summary>
[Manual("2D", "6.1", "XCHG—Exchange Register/Memory With Register")]
[Manual("2D", "6.1", "XADD—Exchange and Add")]
[Manual("2A", "3.3", "BSWAP—Byte Swap")]
[Manual("2B", "4.3", "MOVBE—Move Data After Swapping Bytes")]
internal static unsafe class Exchange
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Xchg => OperandForms.WidthOf(i) switch { 1 => Swap<byte>(i), 2 => Swap<ushort>(i), 4 => Swap<uint>(i), _ => Swap<ulong>(i) },
        Mnemonic.Xadd => OperandForms.WidthOf(i) switch { 1 => Add<byte>(i), 2 => Add<ushort>(i), 4 => Add<uint>(i), _ => Add<ulong>(i) },
        Mnemonic.Bswap => i.Op0Register.GetSize() switch { 2 => &SwapBytes16, 4 => &SwapBytes<uint>, _ => &SwapBytes<ulong> },
        Mnemonic.Movbe => OperandForms.WidthOf(i) switch { 2 => MoveBigEndian<ushort>(i), 4 => MoveBigEndian<uint>(i), _ => MoveBigEndian<ulong>(i) },
        _ => null,
    };

    private static Handler Swap<T>(in Instruction i) where T : unmanaged => i.Op0Kind == OpKind.Register ? &SwapRegisters<T> : &SwapMemory<T>;

    private static Handler Add<T>(in Instruction i) where T : unmanaged, IBinaryInteger<T> =>
        i.Op0Kind == OpKind.Register ? &AddRegisters<T> : &AddMemory<T>;

    private static Handler MoveBigEndian<T>(in Instruction i) where T : unmanaged, IBinaryInteger<T> =>
        i.Op0Kind == OpKind.Register ? &LoadBigEndian<T> : &StoreBigEndian<T>;

    private static Outcome SwapRegisters<T>(Processor p, in Operation op) where T : unmanaged
    {
        (T first, T second) = (p.Get<T>(op.Destination), p.Get<T>(op.Source));
        p.Set(op.Destination, second);
        p.Set(op.Source, first);
        return Outcome.Continue;
    }

    private static Outcome SwapMemory<T>(Processor p, in Operation op) where T : unmanaged
    {
        if (!p.LoadForWrite(op, out T memory) || !p.Store(op, p.Get<T>(op.Source))) return Outcome.Stop;
        p.Set(op.Source, memory);
        return Outcome.Continue;
    }

    /// <summary>If both operands are one register it ends as the sum.</summary>
    private static Outcome AddRegisters<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
    {
        (T destination, T source) = (p.Get<T>(op.Destination), p.Get<T>(op.Source));
        T sum = destination + source;
        p.Flags.Set(sum, Arithmetic.Carries(destination, source, sum));
        p.Set(op.Source, destination);
        p.Set(op.Destination, sum);
        return Outcome.Continue;
    }

    private static Outcome AddMemory<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
    {
        T source = p.Get<T>(op.Source);
        if (!p.LoadForWrite(op, out T destination) || !p.Store(op, destination + source)) return Outcome.Stop;
        p.Flags.Set(destination + source, Arithmetic.Carries(destination, source, destination + source));
        p.Set(op.Source, destination);
        return Outcome.Continue;
    }

    private static Outcome SwapBytes<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
    {
        p.Set(op.Destination, Reverse(p.Get<T>(op.Destination)));
        return Outcome.Continue;
    }

    /// <summary>BSWAP of a 16-bit register is undefined by the manual; processors clear it.</summary>
    private static Outcome SwapBytes16(Processor p, in Operation op)
    {
        p.Set(op.Destination, (ushort)0);
        return Outcome.Continue;
    }

    private static Outcome LoadBigEndian<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
    {
        if (!p.Load(op, out T value)) return Outcome.Stop;
        p.Set(op.Destination, Reverse(value));
        return Outcome.Continue;
    }

    private static Outcome StoreBigEndian<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> =>
        p.Store(op, Reverse(p.Get<T>(op.Source))) ? Outcome.Continue : Outcome.Stop;

    private static T Reverse<T>(T value) where T : unmanaged, IBinaryInteger<T> =>
        T.CreateTruncating(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(ulong.CreateTruncating(value)) >> (64 - 8 * sizeof(T)));
}
