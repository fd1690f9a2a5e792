using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Segmentation;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>Far RET: to the same privilege level or an outer one.</summary>
[Manual("2B", "4.3", "RET—Return From Procedure")]
[Manual("3A", "5.8.6", "Returning from a Called Procedure")]
internal static unsafe class FarReturn
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic == Mnemonic.Retf ? i.OpCount == 1 ? &ReturnAndRelease : &Return : null;

    private static Outcome Return(Processor p, in Operation op) => Return(p, op.OperandSize, 0);

    private static Outcome ReturnAndRelease(Processor p, in Operation op) => Return(p, op.OperandSize, (ushort)op.Immediate);

    private static Outcome Return(Processor p, int size, uint release)
    {
        if (!OuterReturn.Peek(p, 0, size, out ulong target) || !OuterReturn.Peek(p, (uint)size, size, out ulong value)) return Outcome.Stop;
        uint popped = 2 * (uint)size + release;
        if (!p.Protected || p.Virtual8086) return ReturnReal(p, (ushort)value, target, popped);
        var selector = new Selector((ushort)value);
        if (!CodeSegment.FetchForReturn(p, selector, out Descriptor code)) return Outcome.Stop;
        if (selector.Rpl > p.Cpl) return ReturnToOuter(p, selector, code, target, size, release);
        if (!CodeSegment.CheckTarget(p, code, target) || !DescriptorTables.MarkAccessed(p, code)) return Outcome.Stop;
        p.SetStackPointer(p.Registers.At<ulong>(Register.Rsp) + popped & p.StackMask);
        return FarTransfer.Enter(p, selector, code, target, p.Cpl);
    }

    private static Outcome ReturnReal(Processor p, ushort selector, ulong target, uint popped)
    {
        if (target > p.Segment(SegmentName.Cs).Limit) return p.Fault(ExceptionVector.GeneralProtection, 0);
        p.SetStackPointer(p.Registers.At<ulong>(Register.Rsp) + popped & p.StackMask);
        CodeSegment.CommitReal(p, selector);
        p.Rip = target;
        return Outcome.Jump;
    }

    /// <summary>Parameters are released from both stacks.</summary>
    private static Outcome ReturnToOuter(Processor p, Selector selector, in Descriptor code, ulong target, int size, uint release)
    {
        uint depth = 2 * (uint)size + release;
        if (!OuterReturn.Peek(p, depth, size, out ulong pointer) || !OuterReturn.Peek(p, depth + (uint)size, size, out ulong value)) return Outcome.Stop;
        var stackSelector = new Selector((ushort)value);
        if (!OuterReturn.CheckStack(p, stackSelector, code, selector.Rpl, out Descriptor stack)) return Outcome.Stop;
        if (!CodeSegment.CheckTarget(p, code, target)) return Outcome.Stop;
        if (FarTransfer.Enter(p, selector, code, target, selector.Rpl) == Outcome.Stop) return Outcome.Stop;
        OuterReturn.LoadStack(p, stackSelector, stack, selector.Rpl);
        p.SetStackPointer(pointer + release & p.StackMask);
        OuterReturn.DropPrivilegedSegments(p);
        return Outcome.Jump;
    }
}
