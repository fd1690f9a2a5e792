using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>Near jumps and conditional jumps. In 64-bit mode their operand size is 64 bits whatever the prefixes say.</summary>
[Manual("2A", "3.3", "JMP—Jump")]
[Manual("2A", "3.3", "Jcc—Jump if Condition Is Met")]
[Manual("1", "6.3.7", "Branch Functions in 64-Bit Mode")]
internal static unsafe class NearTransfer
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i)
    {
        if (i.Code.IsJccShortOrNear()) return Conditions.Bind<ConditionalJump>(i);
        if (i.Code.IsJmpShortOrNear()) return &Jump;
        return i.Code switch
        {
            Code.Jmp_rm16 => JumpTo<ushort>(i),
            Code.Jmp_rm32 => JumpTo<uint>(i),
            Code.Jmp_rm64 => JumpTo<ulong>(i),
            _ => null,
        };
    }

    /// <summary>Goes to an offset in the code segment, unless the current mode cannot fetch from it.</summary>
    public static Outcome Go(Processor p, ulong target)
    {
        if (!CanFetch(p, target)) return p.Fault(ExceptionVector.GeneralProtection, 0);
        p.Rip = target;
        return Outcome.Jump;
    }

    /// <summary>Whether an offset is inside the code segment's limit and, in 64-bit mode, canonical.</summary>
    public static bool CanFetch(Processor p, ulong target) => target + p.TargetBias <= p.TargetSpan;

    /// <summary>The target of a relative branch, truncated to the operand size.</summary>
    public static ulong Target(Processor p, in Operation op) =>
        p.Rip + (ulong)op.Immediate & (op.HasWordOperands ? ushort.MaxValue : p.InstructionPointerMask);

    /// <summary>Takes a relative branch, or goes on at the next instruction.</summary>
    public static Outcome GoIf(Processor p, in Operation op, bool taken)
    {
        if (taken) return Go(p, Target(p, op));
        p.Rip = p.NextRip(op);
        return Outcome.Jump;
    }

    private static Handler JumpTo<T>(in Instruction i) where T : unmanaged, System.Numerics.IBinaryInteger<T> =>
        i.Op0Kind == OpKind.Register ? &JumpRegister<T> : &JumpMemory<T>;

    private static Outcome Jump(Processor p, in Operation op) => Go(p, Target(p, op));

    private static Outcome JumpRegister<T>(Processor p, in Operation op) where T : unmanaged, System.Numerics.IBinaryInteger<T> =>
        Go(p, ulong.CreateTruncating(p.Get<T>(op.Destination)));

    private static Outcome JumpMemory<T>(Processor p, in Operation op) where T : unmanaged, System.Numerics.IBinaryInteger<T> =>
        p.Load(op, out T target) ? Go(p, ulong.CreateTruncating(target)) : Outcome.Stop;

    private readonly struct ConditionalJump : IConditional
    {
        public static Handler Bind<TCondition>(in Instruction i) where TCondition : struct, ICondition => &JumpIf<TCondition>;
    }

    private static Outcome JumpIf<TCondition>(Processor p, in Operation op) where TCondition : struct, ICondition =>
        GoIf(p, op, TCondition.Holds(ref p.Flags));
}
