using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.X87;

/// <summary>FLD, FILD and the constants: a value onto the stack.</summary>
[Manual("1", "8.3.3", "Data Transfer Instructions")]
internal static unsafe class Loads
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Fld => i.Op0Kind == OpKind.Register ? &Duplicate : i.MemorySize switch
        {
            MemorySize.Float32 => &Load<SingleMemory>,
            MemorySize.Float64 => &Load<DoubleMemory>,
            _ => &LoadExtended,
        },
        Mnemonic.Fild => i.MemorySize switch
        {
            MemorySize.Int16 => &Load<IntegerMemory<short>>,
            MemorySize.Int32 => &Load<IntegerMemory<int>>,
            _ => &Load<IntegerMemory<long>>,
        },
        Mnemonic.Fld1 => &One,
        Mnemonic.Fldz => &Zero,
        Mnemonic.Fldl2t => &LogTwoOfTen,
        Mnemonic.Fldl2e => &LogTwoOfE,
        Mnemonic.Fldpi => &Pi,
        Mnemonic.Fldlg2 => &LogTenOfTwo,
        Mnemonic.Fldln2 => &LogEOfTwo,
        _ => null,
    };

    [Manual("2A", "3.3", "FLD—Load Floating-Point Value")]
    [Manual("2A", "3.3", "FILD—Load Integer")]
    private static Outcome Load<TSource>(Processor p, in Operation op) where TSource : struct, IX87Source
    {
        if (!p.UseX87() || !TSource.Get(p, op, out Number number)) return Outcome.Stop;
        FloatContext context = Unit.Context(Unit.Begin(p, op, memory: true));
        if (number.Kind == ValueKind.SignalingNaN) context.Raised |= FloatExceptions.Invalid;
        if (number.IsDenormal) context.Raised |= FloatExceptions.Denormal;
        return Unit.Push(p, context, ExtendedArithmetic.Encode(number));
    }

    /// <summary>Bits as they are: no exception but that of the stack.</summary>
    private static Outcome LoadExtended(Processor p, in Operation op)
    {
        if (!p.UseX87() || !p.Load(op, out TenBytes value)) return Outcome.Stop;
        return Unit.Push(p, Unit.Context(Unit.Begin(p, op, memory: true)), value.Value);
    }

    private static Outcome Duplicate(Processor p, in Operation op)
    {
        if (!p.UseX87()) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, memory: false);
        if (!Stack.IsEmpty(file, op.Destination)) return Unit.Push(p, Unit.Context(file), Stack.Get(file, op.Destination));
        if (Unit.StackFault(p, overflow: false)) Stack.Push(ref file, ExtendedArithmetic.DefaultNaN);
        return Outcome.Continue;
    }

    private static Outcome One(Processor p, in Operation op) => Constant(p, op, 1ul << 63, 0x3FFF, Rounding.Nearest);

    private static Outcome Zero(Processor p, in Operation op) => Constant(p, op, 0, 0, Rounding.Nearest);

    private static Outcome LogTwoOfTen(Processor p, in Operation op) => Constant(p, op, 0xD49A_784B_CD1B_8AFE, 0x4000, Rounding.Down);

    private static Outcome LogTwoOfE(Processor p, in Operation op) => Constant(p, op, 0xB8AA_3B29_5C17_F0BC, 0x3FFF, Rounding.Up);

    private static Outcome Pi(Processor p, in Operation op) => Constant(p, op, 0xC90F_DAA2_2168_C235, 0x4000, Rounding.Up);

    private static Outcome LogTenOfTwo(Processor p, in Operation op) => Constant(p, op, 0x9A20_9A84_FBCF_F799, 0x3FFD, Rounding.Up);

    private static Outcome LogEOfTwo(Processor p, in Operation op) => Constant(p, op, 0xB172_17F7_D1CF_79AC, 0x3FFE, Rounding.Up);

    /// <summary>The constant rounded to nearest, and which way that went: the rounding mode may want the neighbour.</summary>
    [Manual("2A", "3.3", "FLD1/FLDL2T/FLDL2E/FLDPI/FLDLG2/FLDLN2/FLDZ—Load Constant")]
    private static Outcome Constant(Processor p, in Operation op, ulong significand, uint exponent, Rounding direction)
    {
        if (!p.UseX87()) return Outcome.Stop;
        FloatContext context = Unit.Context(Unit.Begin(p, op, memory: false));
        if (direction == Rounding.Up && context.Rounding is Rounding.Down or Rounding.TowardZero) significand--;
        if (direction == Rounding.Down && context.Rounding == Rounding.Up) significand++;
        return Unit.Push(p, context, new Extended80(significand, exponent));
    }
}
