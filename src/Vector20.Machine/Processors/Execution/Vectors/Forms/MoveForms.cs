using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>The forms of instructions that move a whole operand: into a register, from one register to another, into memory.</summary>
internal static unsafe class MoveForms
{
    /// <summary>A move whose memory operand is as wide as the register.</summary>
    public static Handler Bind(in Instruction i, bool aligned)
    {
        VectorEncoding encoding = Encodings.Of(i);
        if (i.Op0Kind == OpKind.Memory) return Store(encoding, aligned);
        bool memory = Encodings.HasMemory(i);
        return encoding switch
        {
            VectorEncoding.Legacy => !memory ? &Legacy<InSource> : aligned ? &Legacy<Aligned> : &Legacy<Whole>,
            VectorEncoding.Vex128 => !memory ? &Vex128<InSource> : aligned ? &Vex128<Aligned> : &Vex128<Whole>,
            _ => !memory ? &Vex256<InSource> : aligned ? &Vex256<Aligned> : &Vex256<Whole>,
        };
    }

    /// <summary>A load of a scalar, which clears the rest of the register.</summary>
    public static Handler BindLoad<T>(in Instruction i) where T : unmanaged => i.Encoding == EncodingKind.VEX ? &Vex128<Part<T>> : &Legacy<Part<T>>;

    /// <summary>A store of the lowest element.</summary>
    public static Handler BindStore<T>(in Instruction i) where T : unmanaged => i.Encoding == EncodingKind.VEX ? &StoreVex<T, InLowest> : &StoreLegacy<T, InLowest>;

    /// <summary>A store of the upper half of an XMM register.</summary>
    public static Handler BindStoreHigh(in Instruction i) => i.Encoding == EncodingKind.VEX ? &StoreVex<ulong, InSecond> : &StoreLegacy<ulong, InSecond>;

    private static Handler Store(VectorEncoding encoding, bool aligned) => encoding switch
    {
        VectorEncoding.Legacy => aligned ? &StoreLegacy<Vector128<byte>, InLowestAligned> : &StoreLegacy<Vector128<byte>, InLowest>,
        VectorEncoding.Vex128 => aligned ? &StoreVex<Vector128<byte>, InLowestAligned> : &StoreVex<Vector128<byte>, InLowest>,
        _ => aligned ? &StoreVex<Vector256<byte>, InLowestAligned> : &StoreVex<Vector256<byte>, InLowest>,
    };

    private static Outcome Legacy<TSource>(Processor p, in Operation op) where TSource : struct, ISource
    {
        if (!p.UseSse() || !TSource.Get(p, op, out Vector128<byte> value)) return Outcome.Stop;
        p.Xmm(op.Destination) = value;
        return Outcome.Continue;
    }

    private static Outcome Vex128<TSource>(Processor p, in Operation op) where TSource : struct, ISource
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector128<byte> value)) return Outcome.Stop;
        p.SetXmm(op.Destination, value);
        return Outcome.Continue;
    }

    private static Outcome Vex256<TSource>(Processor p, in Operation op) where TSource : struct, ISource
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector256<byte> value)) return Outcome.Stop;
        p.Ymm(op.Destination) = value;
        return Outcome.Continue;
    }

    private static Outcome StoreLegacy<T, TPart>(Processor p, in Operation op) where T : unmanaged where TPart : struct, IStoredPart => p.UseSse() ? Store<T, TPart>(p, op) : Outcome.Stop;

    private static Outcome StoreVex<T, TPart>(Processor p, in Operation op) where T : unmanaged where TPart : struct, IStoredPart => p.UseAvx() ? Store<T, TPart>(p, op) : Outcome.Stop;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Outcome Store<T, TPart>(Processor p, in Operation op) where T : unmanaged where TPart : struct, IStoredPart
    {
        if (TPart.Aligned && !Lanes.IsAligned<T>(p, op)) return Outcome.Stop;
        T value = Lanes.At<T, Vector256<byte>>(ref p.Ymm(op.Source), TPart.Index);
        return p.Store(op, value) ? Outcome.Continue : Outcome.Stop;
    }

    /// <summary>Which element is stored, and whether its place must be aligned.</summary>
    private interface IStoredPart
    {
        static abstract int Index { get; }

        static virtual bool Aligned => false;
    }

    private readonly struct InLowest : IStoredPart
    {
        public static int Index => 0;
    }

    private readonly struct InSecond : IStoredPart
    {
        public static int Index => 1;
    }

    private readonly struct InLowestAligned : IStoredPart
    {
        public static int Index => 0;

        public static bool Aligned => true;
    }
}
