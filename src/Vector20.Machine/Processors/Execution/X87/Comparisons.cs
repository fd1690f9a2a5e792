using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Execution.Vectors;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.X87;

/// <summary>FCOM, FUCOM, FICOM, FTST, which set condition codes; FCOMI, FUCOMI, which set flags; FXAM.</summary>
[Manual("1", "8.3.6", "Comparison and Classification Instructions")]
internal static unsafe class Comparisons
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Fcom or Mnemonic.Ficom => Bind<Once>(i),
        Mnemonic.Fcomp or Mnemonic.Ficomp => Bind<Popping>(i),
        Mnemonic.Fcompp => &Compare<Second, Signaling, PoppingTwice>,
        Mnemonic.Fucom => &Compare<Registers, Quiet, Once>,
        Mnemonic.Fucomp => &Compare<Registers, Quiet, Popping>,
        Mnemonic.Fucompp => &Compare<Second, Quiet, PoppingTwice>,
        Mnemonic.Ftst => &Compare<PositiveZero, Signaling, Once>,
        Mnemonic.Fcomi => &CompareToFlags<Signaling, Once>,
        Mnemonic.Fcomip => &CompareToFlags<Signaling, Popping>,
        Mnemonic.Fucomi => &CompareToFlags<Quiet, Once>,
        Mnemonic.Fucomip => &CompareToFlags<Quiet, Popping>,
        Mnemonic.Fxam => &Examine,
        _ => null,
    };

    private static Handler Bind<TForm>(in Instruction i) where TForm : struct, IForm
    {
        if (i.Op0Kind == OpKind.Register) return &Compare<Registers, Signaling, TForm>;
        return i.MemorySize switch
        {
            MemorySize.Float32 => &Compare<SingleMemory, Signaling, TForm>,
            MemorySize.Float64 => &Compare<DoubleMemory, Signaling, TForm>,
            MemorySize.Int16 => &Compare<IntegerMemory<short>, Signaling, TForm>,
            _ => &Compare<IntegerMemory<int>, Signaling, TForm>,
        };
    }

    [Manual("2A", "3.3", "FCOM/FCOMP/FCOMPP—Compare Floating-Point Values")]
    [Manual("2A", "3.3", "FUCOM/FUCOMP/FUCOMPP—Unordered Compare Floating-Point Values")]
    private static Outcome Compare<TSource, TSignals, TForm>(Processor p, in Operation op) where TSource : struct, IX87Source where TSignals : struct, ISignals where TForm : struct, IForm
    {
        if (!p.UseX87() || !TSource.Get(p, op, out Number source)) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, TSource.IsMemory);
        int other = typeof(TSource) == typeof(Registers) ? op.Source : typeof(TSource) == typeof(Second) ? 1 : 0;
        if (!Related(p, source, other, TSignals.Signals, out Relation relation)) return Outcome.Continue;
        SetConditionCodes(ref file, relation);
        Stack.Pop(ref file, TForm.Pops);
        return Outcome.Continue;
    }

    [Manual("2A", "3.3", "FCOMI/FCOMIP/FUCOMI/FUCOMIP—Compare Floating-Point Values and Set EFLAGS")]
    private static Outcome CompareToFlags<TSignals, TForm>(Processor p, in Operation op) where TSignals : struct, ISignals where TForm : struct, IForm
    {
        if (!p.UseX87()) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, memory: false);
        if (!Related(p, Stack.Number(file, op.Source), op.Source, TSignals.Signals, out Relation relation)) return Outcome.Continue;
        p.Flags.Value = FloatComparisons.ComparisonFlags(relation);
        Stack.Pop(ref file, TForm.Pops);
        return Outcome.Continue;
    }

    /// <summary>How ST(0) compares, with flags set; false if an exception is not masked. An empty register is unordered to any.</summary>
    private static bool Related(Processor p, in Number source, int other, bool signals, out Relation relation)
    {
        ref ExtendedRegisterFile file = ref p.Extended.File;
        relation = Relation.Unordered;
        if (Stack.IsEmpty(file, 0) || Stack.IsEmpty(file, other)) return Unit.StackFault(p, overflow: false);
        FloatContext context = Unit.Context(file);
        relation = ExtendedArithmetic.Compare(Stack.Number(file, 0), source, signals, ref context);
        return Unit.Report(p, context);
    }

    [Manual("1", "8.1.3.2", "Condition Code Flags")]
    private static void SetConditionCodes(ref ExtendedRegisterFile file, Relation relation)
    {
        ushort codes = relation switch
        {
            Relation.Unordered => StatusWord.C3 | StatusWord.C2 | StatusWord.C0,
            Relation.Less => StatusWord.C0,
            Relation.Equal => StatusWord.C3,
            _ => 0,
        };
        file.StatusWord = (ushort)(file.StatusWord & ~(StatusWord.C3 | StatusWord.C2 | StatusWord.C0) | codes);
    }

    [Manual("2A", "3.3", "FXAM—Examine Floating-Point")]
    private static Outcome Examine(Processor p, in Operation op)
    {
        if (!p.UseX87()) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, memory: false);
        Number number = Stack.Number(file, 0);
        int kind = Stack.IsEmpty(file, 0) ? StatusWord.C3 | StatusWord.C0 : number.Kind switch
        {
            ValueKind.Unsupported => 0,
            ValueKind.QuietNaN or ValueKind.SignalingNaN => StatusWord.C0,
            ValueKind.Normal => StatusWord.C2,
            ValueKind.Infinity => StatusWord.C2 | StatusWord.C0,
            ValueKind.Zero => StatusWord.C3,
            _ => StatusWord.C3 | StatusWord.C2,
        };
        file.StatusWord = (ushort)(file.StatusWord & ~(StatusWord.C3 | StatusWord.C2 | StatusWord.C0) | kind | (number.Negative ? StatusWord.C1 : 0));
        return Outcome.Continue;
    }

    private readonly struct Second : IX87Source
    {
        public static bool IsMemory => false;

        public static bool Get(Processor p, in Operation op, out Number number)
        {
            number = Stack.Number(p.Extended.File, 1);
            return true;
        }
    }

    private readonly struct PositiveZero : IX87Source
    {
        public static bool IsMemory => false;

        public static bool Get(Processor p, in Operation op, out Number number)
        {
            number = default;
            return true;
        }
    }

    private interface IForm
    {
        static abstract int Pops { get; }
    }

    private readonly struct Once : IForm
    {
        public static int Pops => 0;
    }

    private readonly struct Popping : IForm
    {
        public static int Pops => 1;
    }

    private readonly struct PoppingTwice : IForm
    {
        public static int Pops => 2;
    }

    private interface ISignals
    {
        static abstract bool Signals { get; }
    }

    private readonly struct Signaling : ISignals
    {
        public static bool Signals => true;
    }

    private readonly struct Quiet : ISignals
    {
        public static bool Signals => false;
    }
}
