using System.Runtime.CompilerServices;
using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Segmentation;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>Far JMP and CALL. Where the selector names no code segment, <see cref="GateTransfer"/> goes on.</summary>
[Manual("3A", "5.8.1", "Direct Calls or Jumps to Code Segments")]
internal static unsafe class FarTransfer
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i)
    {
        if (i.Code.IsJmpFar()) return &JumpDirect;
        if (i.Code.IsJmpFarIndirect()) return &JumpIndirect;
        if (i.Code.IsCallFar()) return &CallDirect;
        if (i.Code.IsCallFarIndirect()) return &CallIndirect;
        return FarReturn.Bind(i);
    }

    private static Outcome JumpDirect(Processor p, in Operation op) => Jump(p, op, (ushort)op.Immediate, (ulong)op.Immediate >> 16);

    private static Outcome CallDirect(Processor p, in Operation op) => Call(p, op, (ushort)op.Immediate, (ulong)op.Immediate >> 16);

    private static Outcome JumpIndirect(Processor p, in Operation op) =>
        FarPointerLoads.Read(p, op, out ulong offset, out ushort selector) ? Jump(p, op, selector, offset) : Outcome.Stop;

    private static Outcome CallIndirect(Processor p, in Operation op) =>
        FarPointerLoads.Read(p, op, out ulong offset, out ushort selector) ? Call(p, op, selector, offset) : Outcome.Stop;

    [Manual("2A", "3.3", "JMP—Jump")]
    private static Outcome Jump(Processor p, in Operation op, ushort value, ulong offset)
    {
        if (!p.Protected || p.Virtual8086) return JumpReal(p, value, offset);
        var selector = new Selector(value);
        if (selector.IsNull) return p.Fault(ExceptionVector.GeneralProtection, 0);
        if (!DescriptorTables.Fetch(p, selector, out Descriptor descriptor)) return Outcome.Stop;
        if (descriptor.IsSystem) return GateTransfer.Jump(p, op, selector, descriptor);
        if (!CodeSegment.CheckDirect(p, selector, descriptor) || !CodeSegment.CheckTarget(p, descriptor, offset)) return Outcome.Stop;
        return Enter(p, selector, descriptor, offset, p.Cpl);
    }

    private static Outcome JumpReal(Processor p, ushort selector, ulong offset)
    {
        if (offset > p.Segment(SegmentName.Cs).Limit) return p.Fault(ExceptionVector.GeneralProtection, 0);
        CodeSegment.CommitReal(p, selector);
        p.Rip = offset;
        return Outcome.Jump;
    }

    [Manual("2A", "3.3", "CALL—Call Procedure")]
    private static Outcome Call(Processor p, in Operation op, ushort value, ulong offset)
    {
        if (!p.Protected || p.Virtual8086) return CallReal(p, op, value, offset);
        var selector = new Selector(value);
        if (selector.IsNull) return p.Fault(ExceptionVector.GeneralProtection, 0);
        if (!DescriptorTables.Fetch(p, selector, out Descriptor descriptor)) return Outcome.Stop;
        if (descriptor.IsSystem) return GateTransfer.Call(p, op, selector, descriptor);
        if (!CodeSegment.CheckDirect(p, selector, descriptor) || !CodeSegment.CheckTarget(p, descriptor, offset)) return Outcome.Stop;
        var stack = new TransferStack(p);
        if (!PushReturn(p, op, ref stack, op.OperandSize) || !DescriptorTables.MarkAccessed(p, descriptor)) return Outcome.Stop;
        stack.Commit(p);
        return Enter(p, selector, descriptor, offset, p.Cpl);
    }

    private static Outcome CallReal(Processor p, in Operation op, ushort selector, ulong offset)
    {
        var stack = new TransferStack(p);
        if (!PushReturn(p, op, ref stack, op.OperandSize)) return Outcome.Stop;
        if (offset > p.Segment(SegmentName.Cs).Limit) return p.Fault(ExceptionVector.GeneralProtection, 0);
        stack.Commit(p);
        CodeSegment.CommitReal(p, selector);
        p.Rip = offset;
        return Outcome.Jump;
    }

    /// <summary>Pushes CS and the next instruction's RIP.</summary>
    public static bool PushReturn(Processor p, in Operation op, ref TransferStack stack, int size) =>
        stack.Push(p, p.Segment(SegmentName.Cs).Selector, size) && stack.Push(p, p.NextRip(op), size);

    /// <summary>Goes to a checked target at a privilege level.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Outcome Enter(Processor p, Selector selector, in Descriptor descriptor, ulong target, int cpl)
    {
        if (!DescriptorTables.MarkAccessed(p, descriptor)) return Outcome.Stop;
        CodeSegment.Commit(p, selector, descriptor, cpl);
        p.Rip = target;
        return Outcome.Jump;
    }
}
