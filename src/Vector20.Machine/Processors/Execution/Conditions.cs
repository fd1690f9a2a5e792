namespace Vector20.Machine.Processors.Execution;

/// <summary>A condition of Jcc, SETcc and CMOVcc.</summary>
[Manual("1", "B.1", "Condition Codes")]
internal interface ICondition
{
    /// <summary>Whether it holds.</summary>
    static abstract bool Holds(ref StatusFlags flags);
}

/// <summary>The sixteen conditions, by their encoding 0-15.</summary>
internal static class Conditions
{
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
