using System.Numerics;
using System.Runtime.CompilerServices;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.X87;

/// <summary>FST, FSTP, FIST, FISTP, FISTTP: ST(0) to memory or to another register.</summary>
[Manual("1", "8.3.3", "Data Transfer Instructions")]
internal static unsafe class Stores
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Fst => i.Op0Kind == OpKind.Register ? &ToRegister : i.MemorySize == MemorySize.Float32 ? &ToMemory<ToSingle, uint, Keep> : &ToMemory<ToDouble, ulong, Keep>,
        Mnemonic.Fstp or Mnemonic.Fstpnce => i.Op0Kind == OpKind.Register ? &ToRegisterAndPop : i.MemorySize switch
        {
            MemorySize.Float32 => &ToMemory<ToSingle, uint, Pop>,
            MemorySize.Float64 => &ToMemory<ToDouble, ulong, Pop>,
            _ => &ToMemory<ToExtended, TenBytes, Pop>,
        },
        Mnemonic.Fist => i.MemorySize == MemorySize.Int16 ? &ToMemory<ToInteger<short>, short, Keep> : &ToMemory<ToInteger<int>, int, Keep>,
        Mnemonic.Fistp => i.MemorySize switch
        {
            MemorySize.Int16 => &ToMemory<ToInteger<short>, short, Pop>,
            MemorySize.Int32 => &ToMemory<ToInteger<int>, int, Pop>,
            _ => &ToMemory<ToInteger<long>, long, Pop>,
        },
        Mnemonic.Fisttp => i.MemorySize switch
        {
            MemorySize.Int16 => &ToMemory<Truncated<short>, short, Pop>,
            MemorySize.Int32 => &ToMemory<Truncated<int>, int, Pop>,
            _ => &ToMemory<Truncated<long>, long, Pop>,
        },
        Mnemonic.Fbstp => &ToMemory<ToDecimal, TenBytes, Pop>,
        _ => null,
    };

    /// <summary>What ST(0) becomes in memory.</summary>
    internal interface IStored<T>
    {
        static abstract T Convert(in Extended80 value, ref FloatContext context);

        /// <summary>What is stored for an empty register, if that is masked.</summary>
        static abstract T Indefinite { get; }
    }

    private interface IPops
    {
        static abstract int Count { get; }
    }

    private readonly struct Keep : IPops
    {
        public static int Count => 0;
    }

    private readonly struct Pop : IPops
    {
        public static int Count => 1;
    }

    /// <summary>Nothing is stored or popped with an unmasked exception, unless that is an inexact result.</summary>
    [Manual("2A", "3.3", "FST/FSTP—Store Floating-Point Value")]
    [Manual("2A", "3.3", "FIST/FISTP—Store Integer")]
    [Manual("2A", "3.3", "FISTTP—Store Integer With Truncation")]
    private static Outcome ToMemory<TOp, T, TPops>(Processor p, in Operation op) where TOp : struct, IStored<T> where T : unmanaged where TPops : struct, IPops
    {
        if (!p.UseX87()) return Outcome.Stop;
        bool empty = Stack.IsEmpty(p.Extended.File, 0);
        FloatContext context = Unit.Context(p.Extended.File);
        T value = empty ? TOp.Indefinite : TOp.Convert(Stack.Get(p.Extended.File, 0), ref context);
        if (empty) context.Raised = FloatExceptions.Invalid;
        bool stores = (context.Raised & ~context.Masked & ~FloatExceptions.Precision) == 0;
        if (stores ? !p.Store(op, value) : !p.LoadForWrite(op, out T _)) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, memory: true);
        if (empty) Unit.StackFault(p, overflow: false);
        else Unit.Report(p, stores ? context : context with { RoundedUp = false, Raised = context.Raised & ~FloatExceptions.Precision });
        if (stores) Stack.Pop(ref file, TPops.Count);
        return Outcome.Continue;
    }

    private static Outcome ToRegister(Processor p, in Operation op) => ToRegister(p, op, 0);

    private static Outcome ToRegisterAndPop(Processor p, in Operation op) => ToRegister(p, op, 1);

    private static Outcome ToRegister(Processor p, in Operation op, int pops)
    {
        if (!p.UseX87()) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, memory: false);
        if (Stack.IsEmpty(file, 0)) return Unit.Underflow(p, op.Destination, pops);
        return Unit.Deliver(p, Unit.Context(file), Stack.Get(file, 0), op.Destination, pops);
    }

    private static ulong ToFormat(FloatFormat format, in Extended80 value, ref FloatContext context)
    {
        Number number = ExtendedArithmetic.Decode(value);
        if (number.Kind is ValueKind.SignalingNaN or ValueKind.Unsupported) context.Raised |= FloatExceptions.Invalid;
        if (number.Kind == ValueKind.Unsupported) return format.DefaultNaN;
        if (number.IsNaN) return format.QuietNaN(number);
        if (number.IsInfinity) return format.Infinity(number.Negative);
        return number.IsZero ? format.Zero(number.Negative) : VectorArithmetic.Rounded(format, Exact.Of(number), ref context);
    }

    private readonly struct ToSingle : IStored<uint>
    {
        public static uint Indefinite => (uint)FloatFormat.Single.DefaultNaN;

        public static uint Convert(in Extended80 value, ref FloatContext context) => (uint)ToFormat(FloatFormat.Single, value, ref context);
    }

    private readonly struct ToDouble : IStored<ulong>
    {
        public static ulong Indefinite => FloatFormat.Double.DefaultNaN;

        public static ulong Convert(in Extended80 value, ref FloatContext context) => ToFormat(FloatFormat.Double, value, ref context);
    }

    private readonly struct ToExtended : IStored<TenBytes>
    {
        public static TenBytes Indefinite => TenBytes.Of(ExtendedArithmetic.DefaultNaN);

        public static TenBytes Convert(in Extended80 value, ref FloatContext context) => TenBytes.Of(value);
    }

    private readonly struct ToInteger<T> : IStored<T> where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        public static T Indefinite => T.MinValue;

        public static T Convert(in Extended80 value, ref FloatContext context) =>
            T.CreateTruncating(NumberConversions.ToInteger(ExtendedArithmetic.Decode(value), 8 * Unsafe.SizeOf<T>(), context.Rounding, ref context));
    }

    private readonly struct Truncated<T> : IStored<T> where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        public static T Indefinite => T.MinValue;

        public static T Convert(in Extended80 value, ref FloatContext context) =>
            T.CreateTruncating(NumberConversions.ToInteger(ExtendedArithmetic.Decode(value), 8 * Unsafe.SizeOf<T>(), Rounding.TowardZero, ref context));
    }

    private readonly struct ToDecimal : IStored<TenBytes>
    {
        public static TenBytes Indefinite => PackedDecimals.Indefinite;

        public static TenBytes Convert(in Extended80 value, ref FloatContext context) => PackedDecimals.Pack(ExtendedArithmetic.Decode(value), ref context);
    }
}
