using Iced.Intel;

namespace Vector20.Machine.Processors.Execution;

/// <summary>A condition of Jcc, SETcc and CMOVcc.</summary>
[Manual("2A", "3.3", "Jcc—Jump if Condition Is Met")]
internal interface ICondition
{
    /// <summary>Whether it holds.</summary>
    static abstract bool Holds(ref StatusFlags flags);
}

/// <summary>An instruction that comes with each of the sixteen conditions.</summary>
internal unsafe interface IConditional
{
    /// <summary>Its semantics with one condition.</summary>
    static abstract Handler Bind<TCondition>(in Instruction i) where TCondition : struct, ICondition;
}

/// <summary>The sixteen conditions, by their encoding 0-15.</summary>
internal static unsafe class Conditions
{
    /// <summary>The semantics of a conditional instruction with the condition it encodes.</summary>
    public static Handler Bind<TInstruction>(in Instruction i) where TInstruction : struct, IConditional => i.ConditionCode switch
    {
        ConditionCode.o => TInstruction.Bind<O>(i),
        ConditionCode.no => TInstruction.Bind<No>(i),
        ConditionCode.b => TInstruction.Bind<B>(i),
        ConditionCode.ae => TInstruction.Bind<Ae>(i),
        ConditionCode.e => TInstruction.Bind<E>(i),
        ConditionCode.ne => TInstruction.Bind<Ne>(i),
        ConditionCode.be => TInstruction.Bind<Be>(i),
        ConditionCode.a => TInstruction.Bind<A>(i),
        ConditionCode.s => TInstruction.Bind<S>(i),
        ConditionCode.ns => TInstruction.Bind<Ns>(i),
        ConditionCode.p => TInstruction.Bind<P>(i),
        ConditionCode.np => TInstruction.Bind<Np>(i),
        ConditionCode.l => TInstruction.Bind<L>(i),
        ConditionCode.ge => TInstruction.Bind<Ge>(i),
        ConditionCode.le => TInstruction.Bind<Le>(i),
        _ => TInstruction.Bind<G>(i),
    };

    public readonly struct O : ICondition { public static bool Holds(ref StatusFlags f) => f.Overflow; }
    public readonly struct No : ICondition { public static bool Holds(ref StatusFlags f) => !f.Overflow; }
    public readonly struct B : ICondition { public static bool Holds(ref StatusFlags f) => f.Carry; }
    public readonly struct Ae : ICondition { public static bool Holds(ref StatusFlags f) => !f.Carry; }
    public readonly struct E : ICondition { public static bool Holds(ref StatusFlags f) => f.Zero; }
    public readonly struct Ne : ICondition { public static bool Holds(ref StatusFlags f) => !f.Zero; }
    public readonly struct Be : ICondition { public static bool Holds(ref StatusFlags f) => f.Carry || f.Zero; }
    public readonly struct A : ICondition { public static bool Holds(ref StatusFlags f) => !f.Carry && !f.Zero; }
    public readonly struct S : ICondition { public static bool Holds(ref StatusFlags f) => f.Sign; }
    public readonly struct Ns : ICondition { public static bool Holds(ref StatusFlags f) => !f.Sign; }
    public readonly struct P : ICondition { public static bool Holds(ref StatusFlags f) => f.Parity; }
    public readonly struct Np : ICondition { public static bool Holds(ref StatusFlags f) => !f.Parity; }
    public readonly struct L : ICondition { public static bool Holds(ref StatusFlags f) => f.Sign != f.Overflow; }
    public readonly struct Ge : ICondition { public static bool Holds(ref StatusFlags f) => f.Sign == f.Overflow; }
    public readonly struct Le : ICondition { public static bool Holds(ref StatusFlags f) => f.Zero || f.Sign != f.Overflow; }
    public readonly struct G : ICondition { public static bool Holds(ref StatusFlags f) => !f.Zero && f.Sign == f.Overflow; }
}
