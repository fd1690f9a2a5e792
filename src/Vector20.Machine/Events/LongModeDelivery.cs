using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Segmentation;

namespace Vector20.Machine.Events;

/// <summary>Delivery in IA-32e mode: 16-byte gates, 64-bit handlers, a frame of quadwords on an aligned stack.</summary>
[Manual("3A", "6.14", "Exception and Interrupt Handling in 64-bit Mode")]
internal static class LongModeDelivery
{
    /// <summary>Delivers an event.</summary>
    public static bool Deliver(Processor p, Event e, in ReturnPoint origin)
    {
        if (!IdtGate.Read(p, e, out Descriptor gate)) return false;
        if (!CodeSegment.FetchForGate(p, gate.GateSelector, e.External, out Descriptor code)) return false;
        int cpl = code.IsConforming ? p.Cpl : code.Dpl;
        var stack = new TransferStack(p.Segment(SegmentName.Ss), p.Registers.At<ulong>(Register.Rsp), ulong.MaxValue, cpl, e.External);
        if (!SwitchStack(p, gate.InterruptStack, cpl, e.External, ref stack)) return false;
        stack.Align();
        if (!CodeSegment.CheckTarget(p, code, gate.GateOffset, e.External) || !PushFrame(p, e, origin, ref stack)) return false;
        if (!DescriptorTables.MarkAccessed(p, code)) return false;
        CodeSegment.Commit(p, gate.GateSelector, code, cpl);
        stack.Commit(p);
        return Delivery.Enter(p, gate.GateOffset, IdtGate.ClearedFlags(gate));
    }

    /// <summary>Instead of the current stack the interrupt stack that the gate names; else that of a more privileged level.</summary>
    [Manual("3A", "6.14.4", "Stack Switching in IA-32e Mode")]
    [Manual("3A", "6.14.5", "Interrupt Stack Table")]
    private static bool SwitchStack(Processor p, int interruptStack, int cpl, uint external, ref TransferStack stack)
    {
        if (interruptStack != 0) return StackSwitch.FromInterruptStackTable(p, interruptStack, cpl, external, out stack);
        return cpl >= p.Cpl || StackSwitch.FromTss(p, cpl, external, out stack);
    }

    /// <summary>SS and RSP always, whether or not the stack changes.</summary>
    [Manual("3A", "6.14.2", "64-Bit Mode Stack Frame")]
    private static bool PushFrame(Processor p, Event e, in ReturnPoint origin, ref TransferStack stack)
    {
        ulong ss = p.Segment(SegmentName.Ss).Selector, rsp = p.Registers.At<ulong>(Register.Rsp), cs = p.Segment(SegmentName.Cs).Selector;
        Span<ulong> room = stack.Reserve(p, e.HasErrorCode ? 6 : 5);
        if (room.IsEmpty)
            return stack.Push(p, ss, 8) && stack.Push(p, rsp, 8) && stack.Push(p, origin.Rflags, 8) && stack.Push(p, cs, 8) && stack.Push(p, origin.Rip, 8)
                && (!e.HasErrorCode || stack.Push(p, e.ErrorCode, 8));
        room[0] = e.ErrorCode;
        room = room[^5..];
        room[4] = ss;
        room[3] = rsp;
        room[2] = origin.Rflags;
        room[1] = cs;
        room[0] = origin.Rip;
        return true;
    }
}
