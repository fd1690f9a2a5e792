using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>Near jumps, conditional jumps, LOOP, near CALL and RET.</summary>
[Manual("1", "7.3.8", "Control Transfer Instructions")]
internal static unsafe class NearTransfer
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i)
    {
        if (i.Code.IsJccShortOrNear()) return Conditional(i);
        if (i.Code.IsJmpShortOrNear()) return &Jump;
        return null;
    }

    /// <summary>Goes to an offset in the code segment, unless the current mode cannot fetch from it.</summary>
    public static Outcome Go(Processor p, ulong target)
    {
        if (target > p.CodeLimit || p.Is64Bit && !Memory.Canonical.Is(p, target)) return p.Fault(Events.ExceptionVector.GeneralProtection, 0);
        p.Rip = target;
        return Outcome.Jump;
    }

    /// <summary>The target of a relative branch, truncated to the operand size.</summary>
    public static ulong Target(Processor p, in Operation op) =>
        p.Rip + (ulong)op.Immediate & (op.OperandSize switch { 2 => ushort.MaxValue, 4 when !p.Is64Bit => uint.MaxValue, _ => p.InstructionPointerMask });

    private static Outcome Jump(Processor p, in Operation op) => Go(p, Target(p, op));

    private static Handler Conditional(in Instruction i) => i.ConditionCode switch
    {
        ConditionCode.o => &JumpIf<Conditions.O>,
        ConditionCode.no => &JumpIf<Conditions.No>,
        ConditionCode.b => &JumpIf<Conditions.B>,
        ConditionCode.ae => &JumpIf<Conditions.Ae>,
        ConditionCode.e => &JumpIf<Conditions.E>,
        ConditionCode.ne => &JumpIf<Conditions.Ne>,
        ConditionCode.be => &JumpIf<Conditions.Be>,
        ConditionCode.a => &JumpIf<Conditions.A>,
        ConditionCode.s => &JumpIf<Conditions.S>,
        ConditionCode.ns => &JumpIf<Conditions.Ns>,
        ConditionCode.p => &JumpIf<Conditions.P>,
        ConditionCode.np => &JumpIf<Conditions.Np>,
        ConditionCode.l => &JumpIf<Conditions.L>,
        ConditionCode.ge => &JumpIf<Conditions.Ge>,
        ConditionCode.le => &JumpIf<Conditions.Le>,
        _ => &JumpIf<Conditions.G>,
    };

    private static Outcome JumpIf<TCondition>(Processor p, in Operation op) where TCondition : struct, ICondition
    {
        if (TCondition.Holds(ref p.Flags)) return Go(p, Target(p, op));
        p.Rip = p.NextRip(op);
        return Outcome.Jump;
    }
}
