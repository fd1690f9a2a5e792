using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.X87;

/// <summary>FADD, FSUB, FMUL, FDIV, their reversed, popping and integer forms.</summary>
[Manual("1", "8.3.5", "Basic Arithmetic Instructions")]
internal static unsafe class Arithmetic
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Fadd or Mnemonic.Fiadd => Bind<Add>(i),
        Mnemonic.Fsub or Mnemonic.Fisub => Bind<Subtract>(i),
        Mnemonic.Fsubr or Mnemonic.Fisubr => Bind<SubtractReversed>(i),
        Mnemonic.Fmul or Mnemonic.Fimul => Bind<Multiply>(i),
        Mnemonic.Fdiv or Mnemonic.Fidiv => Bind<Divide>(i),
        Mnemonic.Fdivr or Mnemonic.Fidivr => Bind<DivideReversed>(i),
        Mnemonic.Faddp => &Popping<Add>,
        Mnemonic.Fsubp => &Popping<Subtract>,
        Mnemonic.Fsubrp => &Popping<SubtractReversed>,
        Mnemonic.Fmulp => &Popping<Multiply>,
        Mnemonic.Fdivp => &Popping<Divide>,
        Mnemonic.Fdivrp => &Popping<DivideReversed>,
        _ => null,
    };

    private static Handler Bind<TOp>(in Instruction i) where TOp : struct, IX87Operation
    {
        if (i.Op0Kind == OpKind.Register) return &Execute<TOp, Registers>;
        return i.MemorySize switch
        {
            MemorySize.Float32 => &Execute<TOp, SingleMemory>,
            MemorySize.Float64 => &Execute<TOp, DoubleMemory>,
            MemorySize.Int16 => &Execute<TOp, IntegerMemory<short>>,
            _ => &Execute<TOp, IntegerMemory<int>>,
        };
    }

    private static Outcome Popping<TOp>(Processor p, in Operation op) where TOp : struct, IX87Operation => Execute<TOp, Registers>(p, op, 1);

    private static Outcome Execute<TOp, TSource>(Processor p, in Operation op) where TOp : struct, IX87Operation where TSource : struct, IX87Source =>
        Execute<TOp, TSource>(p, op, 0);

    private static Outcome Execute<TOp, TSource>(Processor p, in Operation op, int pops) where TOp : struct, IX87Operation where TSource : struct, IX87Source
    {
        if (!p.UseX87() || !TSource.Get(p, op, out Number source)) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, TSource.IsMemory);
        int register = TSource.Destination(op);
        if (Stack.IsEmpty(file, register) || !TSource.IsMemory && Stack.IsEmpty(file, op.Source)) return Unit.Underflow(p, register, pops);
        FloatContext context = Unit.Context(file);
        Extended80 result = TOp.Compute(Stack.Number(file, register), source, ref context);
        return Unit.Deliver(p, context, result, register, pops);
    }

    private interface IX87Operation
    {
        static abstract Extended80 Compute(in Number destination, in Number source, ref FloatContext context);
    }

    private readonly struct Add : IX87Operation
    {
        public static Extended80 Compute(in Number destination, in Number source, ref FloatContext context) => ExtendedArithmetic.Add(destination, source, ref context);
    }

    private readonly struct Subtract : IX87Operation
    {
        public static Extended80 Compute(in Number destination, in Number source, ref FloatContext context) => ExtendedArithmetic.Subtract(destination, source, ref context);
    }

    private readonly struct SubtractReversed : IX87Operation
    {
        public static Extended80 Compute(in Number destination, in Number source, ref FloatContext context) => ExtendedArithmetic.Subtract(source, destination, ref context);
    }

    private readonly struct Multiply : IX87Operation
    {
        public static Extended80 Compute(in Number destination, in Number source, ref FloatContext context) => ExtendedArithmetic.Multiply(destination, source, ref context);
    }

    private readonly struct Divide : IX87Operation
    {
        public static Extended80 Compute(in Number destination, in Number source, ref FloatContext context) => ExtendedArithmetic.Divide(destination, source, ref context);
    }

    private readonly struct DivideReversed : IX87Operation
    {
        public static Extended80 Compute(in Number destination, in Number source, ref FloatContext context) => ExtendedArithmetic.Divide(source, destination, ref context);
    }
}
