using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.X87;

/// <summary>FXCH and FCMOV.</summary>
[Manual("1", "8.3.3", "Data Transfer Instructions")]
internal static unsafe class RegisterMoves
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Fxch => &Exchange,
        Mnemonic.Fcmovb => &Move<Below, Holds>,
        Mnemonic.Fcmovnb => &Move<Below, Fails>,
        Mnemonic.Fcmove => &Move<Equal, Holds>,
        Mnemonic.Fcmovne => &Move<Equal, Fails>,
        Mnemonic.Fcmovbe => &Move<BelowOrEqual, Holds>,
        Mnemonic.Fcmovnbe => &Move<BelowOrEqual, Fails>,
        Mnemonic.Fcmovu => &Move<Unordered, Holds>,
        Mnemonic.Fcmovnu => &Move<Unordered, Fails>,
        _ => null,
    };

    /// <summary>An empty register counts as the default NaN, if that is masked.</summary>
    [Manual("2A", "3.3", "FXCH—Exchange Register Contents")]
    private static Outcome Exchange(Processor p, in Operation op)
    {
        if (!p.UseX87()) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, memory: false);
        bool firstEmpty = Stack.IsEmpty(file, 0), secondEmpty = Stack.IsEmpty(file, op.Source);
        if ((firstEmpty || secondEmpty) && !Unit.StackFault(p, overflow: false)) return Outcome.Continue;
        Extended80 first = firstEmpty ? ExtendedArithmetic.DefaultNaN : Stack.Get(file, 0);
        Stack.Set(ref file, 0, secondEmpty ? ExtendedArithmetic.DefaultNaN : Stack.Get(file, op.Source));
        Stack.Set(ref file, op.Source, first);
        return Outcome.Continue;
    }

    [Manual("2A", "3.3", "FCMOVcc—Floating-Point Conditional Move")]
    private static Outcome Move<TCondition, TWanted>(Processor p, in Operation op) where TCondition : struct, ICondition where TWanted : struct, IWanted
    {
        if (!p.UseX87()) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, memory: false);
        if (Stack.IsEmpty(file, 0) || Stack.IsEmpty(file, op.Source)) return Unit.Underflow(p, 0, 0);
        if (TCondition.Of(p.Flags) == TWanted.Value) Stack.Set(ref file, 0, Stack.Get(file, op.Source));
        return Outcome.Continue;
    }

    private interface ICondition
    {
        static abstract bool Of(in StatusFlags flags);
    }

    private readonly struct Below : ICondition
    {
        public static bool Of(in StatusFlags flags) => flags.Carry;
    }

    private readonly struct Equal : ICondition
    {
        public static bool Of(in StatusFlags flags) => flags.Zero;
    }

    private readonly struct BelowOrEqual : ICondition
    {
        public static bool Of(in StatusFlags flags) => flags.Carry || flags.Zero;
    }

    private readonly struct Unordered : ICondition
    {
        public static bool Of(in StatusFlags flags) => flags.Parity;
    }

    private interface IWanted
    {
        static abstract bool Value { get; }
    }

    private readonly struct Holds : IWanted
    {
        public static bool Value => true;
    }

    private readonly struct Fails : IWanted
    {
        public static bool Value => false;
    }
}
