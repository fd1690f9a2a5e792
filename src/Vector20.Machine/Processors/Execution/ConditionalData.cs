using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>CMOVcc and SETcc.</summary>
[Manual("2A", "3.3", "CMOVcc—Conditional Move")]
[Manual("2B", "4.3", "SETcc—Set Byte on Condition")]
internal static unsafe class ConditionalData
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i)
    {
        if (i.Mnemonic is >= Mnemonic.Cmova and <= Mnemonic.Cmovs) return Conditions.Bind<ConditionalMove>(i);
        if (i.Code is >= Code.Seto_rm8 and <= Code.Setg_rm8) return Conditions.Bind<ConditionalSet>(i);
        return null;
    }

    private readonly struct ConditionalMove : IConditional
    {
        public static Handler Bind<TCondition>(in Instruction i) where TCondition : struct, ICondition => i.Op0Register.GetSize() switch
        {
            2 => Bind<TCondition, ushort>(i),
            4 => Bind<TCondition, uint>(i),
            _ => Bind<TCondition, ulong>(i),
        };

        private static Handler Bind<TCondition, T>(in Instruction i) where TCondition : struct, ICondition where T : unmanaged =>
            i.Op1Kind == OpKind.Register ? &MoveRegister<TCondition, T> : &MoveMemory<TCondition, T>;
    }

    private readonly struct ConditionalSet : IConditional
    {
        public static Handler Bind<TCondition>(in Instruction i) where TCondition : struct, ICondition =>
            i.Op0Kind == OpKind.Register ? &SetRegister<TCondition> : &SetMemory<TCondition>;
    }

    /// <summary>A 32-bit CMOVcc clears the upper half of its destination even if the condition does not hold.</summary>
    private static Outcome MoveRegister<TCondition, T>(Processor p, in Operation op) where TCondition : struct, ICondition where T : unmanaged
    {
        p.Set(op.Destination, p.Get<T>(TCondition.Holds(ref p.Flags) ? op.Source : op.Destination));
        return Outcome.Continue;
    }

    /// <summary>Memory is read, and may fault, even if the condition does not hold.</summary>
    private static Outcome MoveMemory<TCondition, T>(Processor p, in Operation op) where TCondition : struct, ICondition where T : unmanaged
    {
        if (!p.Load(op, out T value)) return Outcome.Stop;
        p.Set(op.Destination, TCondition.Holds(ref p.Flags) ? value : p.Get<T>(op.Destination));
        return Outcome.Continue;
    }

    private static Outcome SetRegister<TCondition>(Processor p, in Operation op) where TCondition : struct, ICondition
    {
        p.Set(op.Destination, (byte)(TCondition.Holds(ref p.Flags) ? 1 : 0));
        return Outcome.Continue;
    }

    private static Outcome SetMemory<TCondition>(Processor p, in Operation op) where TCondition : struct, ICondition =>
        p.Store(op, (byte)(TCondition.Holds(ref p.Flags) ? 1 : 0)) ? Outcome.Continue : Outcome.Stop;
}
