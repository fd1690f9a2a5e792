using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>BT, BTS, BTR and BTC. OF, SF, AF and PF are undefined by the manual; here they do not change, as ZF does not.</summary>
[Manual("2A", "3.3", "BT—Bit Test")]
internal static unsafe class BitTests
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Bt => Bind<Test>(i),
        Mnemonic.Bts => Bind<Set>(i),
        Mnemonic.Btr => Bind<Reset>(i),
        Mnemonic.Btc => Bind<Complement>(i),
        _ => null,
    };

    private static Handler Bind<TOp>(in Instruction i) where TOp : struct, IBitOperation => OperandForms.WidthOf(i) switch
    {
        2 => Bind<TOp, ushort>(i),
        4 => Bind<TOp, uint>(i),
        _ => Bind<TOp, ulong>(i),
    };

    private static Handler Bind<TOp, T>(in Instruction i) where TOp : struct, IBitOperation where T : unmanaged, IBinaryInteger<T> =>
        (i.Op0Kind, i.Op1Kind) switch
        {
            (OpKind.Register, OpKind.Register) => &RegisterRegister<TOp, T>,
            (OpKind.Register, _) => &RegisterImmediate<TOp, T>,
            (_, OpKind.Register) => &MemoryRegister<TOp, T>,
            _ => &MemoryImmediate<TOp, T>,
        };

    private interface IBitOperation
    {
        /// <summary>Whether the operand is written.</summary>
        static abstract bool Writes { get; }

        static abstract T Apply<T>(T value, T bit) where T : unmanaged, IBinaryInteger<T>;
    }

    private readonly struct Test : IBitOperation
    {
        public static bool Writes => false;

        public static T Apply<T>(T value, T bit) where T : unmanaged, IBinaryInteger<T> => value;
    }

    private readonly struct Set : IBitOperation
    {
        public static bool Writes => true;

        public static T Apply<T>(T value, T bit) where T : unmanaged, IBinaryInteger<T> => value | bit;
    }

    private readonly struct Reset : IBitOperation
    {
        public static bool Writes => true;

        public static T Apply<T>(T value, T bit) where T : unmanaged, IBinaryInteger<T> => value & ~bit;
    }

    private readonly struct Complement : IBitOperation
    {
        public static bool Writes => true;

        public static T Apply<T>(T value, T bit) where T : unmanaged, IBinaryInteger<T> => value ^ bit;
    }

    private static Outcome RegisterRegister<TOp, T>(Processor p, in Operation op) where TOp : struct, IBitOperation where T : unmanaged, IBinaryInteger<T> =>
        InRegister<TOp, T>(p, op, Bit(p.Get<T>(op.Source)));

    private static Outcome RegisterImmediate<TOp, T>(Processor p, in Operation op) where TOp : struct, IBitOperation where T : unmanaged, IBinaryInteger<T> =>
        InRegister<TOp, T>(p, op, Bit(T.CreateTruncating(op.Immediate)));

    private static Outcome MemoryImmediate<TOp, T>(Processor p, in Operation op) where TOp : struct, IBitOperation where T : unmanaged, IBinaryInteger<T> =>
        InMemory<TOp, T>(p, op, p.EffectiveAddress(op), Bit(T.CreateTruncating(op.Immediate)));

    /// <summary>A register's bit offset is signed and reaches beyond the operand: it moves the address by whole operands.</summary>
    private static Outcome MemoryRegister<TOp, T>(Processor p, in Operation op) where TOp : struct, IBitOperation where T : unmanaged, IBinaryInteger<T>
    {
        T offset = p.Get<T>(op.Source);
        int unused = 64 - 8 * sizeof(T);
        long bits = (long)(ulong.CreateTruncating(offset) << unused) >> unused;
        long bytes = (bits >> BitOperations.Log2((uint)(8 * sizeof(T)))) * sizeof(T);
        return InMemory<TOp, T>(p, op, p.EffectiveAddress(op) + (ulong)bytes & AddressSizes.Mask(op), Bit(offset));
    }

    private static Outcome InRegister<TOp, T>(Processor p, in Operation op, T bit) where TOp : struct, IBitOperation where T : unmanaged, IBinaryInteger<T>
    {
        T value = p.Get<T>(op.Destination);
        if (TOp.Writes) p.Set(op.Destination, TOp.Apply(value, bit));
        p.Flags.SetCarry(!T.IsZero(value & bit));
        return Outcome.Continue;
    }

    private static Outcome InMemory<TOp, T>(Processor p, in Operation op, ulong offset, T bit) where TOp : struct, IBitOperation where T : unmanaged, IBinaryInteger<T>
    {
        T value;
        if (!TOp.Writes)
        {
            if (!p.Read(op.Segment, offset, out value)) return Outcome.Stop;
        }
        else if (!p.ReadForWrite(op.Segment, offset, out value) || !p.Write(op.Segment, offset, TOp.Apply(value, bit))) return Outcome.Stop;

        p.Flags.SetCarry(!T.IsZero(value & bit));
        return Outcome.Continue;
    }

    private static T Bit<T>(T offset) where T : unmanaged, IBinaryInteger<T> =>
        T.CreateTruncating(1ul << ((int)ulong.CreateTruncating(offset) & (8 * sizeof(T) - 1)));
}
