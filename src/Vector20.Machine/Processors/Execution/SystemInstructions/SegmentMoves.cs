using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Segmentation;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>MOV, PUSH and POP of segment registers.</summary>
[Manual("2B", "4.3", "MOV—Move")]
[Manual("2B", "4.3", "POP—Pop a Value From the Stack")]
internal static unsafe class SegmentMoves
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Mov when IsSegment(i, 0) => i.Op0Register == Iced.Intel.Register.CS ? &Undefined.InvalidOpcode
            : i.Op1Kind == OpKind.Register ? &FromRegister : &FromMemory,
        Mnemonic.Mov when IsSegment(i, 1) => i.Op0Kind == OpKind.Register ? &ToRegister : &ToMemory,
        Mnemonic.Push when IsSegment(i, 0) => &Push,
        Mnemonic.Pop when IsSegment(i, 0) => &Pop,
        _ => null,
    };

    private static bool IsSegment(in Instruction i, int operand) =>
        i.OpCount > operand && i.GetOpKind(operand) == OpKind.Register && i.GetOpRegister(operand).IsSegmentRegister();

    private static Outcome FromRegister(Processor p, in Operation op) => Load(p, (SegmentName)op.Destination, p.Get<ushort>(op.Source));

    private static Outcome FromMemory(Processor p, in Operation op) =>
        p.Load(op, out ushort selector) ? Load(p, (SegmentName)op.Destination, selector) : Outcome.Stop;

    private static Outcome Load(Processor p, SegmentName name, ushort selector)
    {
        if (!SegmentLoading.Load(p, name, selector)) return Outcome.Stop;
        ShadowAfterStackLoad(p, name);
        return Outcome.Leave;
    }

    /// <summary>Loading SS by MOV or POP holds back interrupts and debug traps until the next instruction has loaded RSP.</summary>
    [Manual("3A", "6.8.3", "Masking Exceptions and Interrupts When Switching Stacks")]
    private static void ShadowAfterStackLoad(Processor p, SegmentName name)
    {
        if (name != SegmentName.Ss) return;
        p.Shadow = InterruptShadow.MovSs;
        p.RequestAttention();
    }

    private static Outcome ToRegister(Processor p, in Operation op)
    {
        ushort selector = p.Segment((SegmentName)op.Source).Selector;
        if (op.OperandSize == 2) p.Set(op.Destination, selector);
        else p.Set<ulong>(op.Destination, selector);
        return Outcome.Continue;
    }

    private static Outcome ToMemory(Processor p, in Operation op) =>
        p.Store(op, p.Segment((SegmentName)op.Source).Selector) ? Outcome.Continue : Outcome.Stop;

    /// <summary>With a 32-bit operand size the processor may write only the low 16 bits of the slot; this one does.</summary>
    [Manual("2B", "4.3", "PUSH—Push Word, Doubleword, or Quadword Onto the Stack")]
    private static Outcome Push(Processor p, in Operation op)
    {
        ushort selector = p.Segment((SegmentName)op.Destination).Selector;
        int size = StackSlot(p, op);
        if (size == 8) return p.Push<ulong>(selector) ? Outcome.Continue : Outcome.Stop;
        ulong top = p.Registers.At<ulong>(Register.Rsp) - (uint)size & p.StackMask;
        if (!p.Write(SegmentName.Ss, top, selector)) return Outcome.Stop;
        p.SetStackPointer(top);
        return Outcome.Continue;
    }

    /// <summary>The pointer moves as the old stack segment says, so it is moved before SS changes and put back if SS cannot.</summary>
    private static Outcome Pop(Processor p, in Operation op)
    {
        if (!p.Peek(out ushort selector)) return Outcome.Stop;
        ulong before = p.Registers.At<ulong>(Register.Rsp);
        p.SetStackPointer(before + (uint)StackSlot(p, op) & p.StackMask);
        Outcome outcome = Load(p, (SegmentName)op.Destination, selector);
        if (outcome == Outcome.Stop) p.Registers.At<ulong>(Register.Rsp) = before;
        return outcome;
    }

    private static int StackSlot(Processor p, in Operation op) => op.OperandSize == 2 ? 2 : p.Is64Bit ? 8 : 4;
}
