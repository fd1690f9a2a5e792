using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Segmentation;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Events;

/// <summary>Delivery in protected and virtual-8086 mode outside IA-32e mode: interrupt, trap and task gates.</summary>
[Manual("3A", "6.12.1", "Exception- or Interrupt-Handler Procedures")]
internal static class ProtectedDelivery
{
    /// <summary>Delivers an event.</summary>
    public static bool Deliver(Processor p, Event e, in ReturnPoint origin)
    {
        if (!IdtGate.Read(p, e, out Descriptor gate)) return false;
        if (gate.SystemType == SystemDescriptorType.TaskGate) return SwitchTask(p, e, gate, origin);
        Selector selector = gate.GateSelector;
        if (!CodeSegment.FetchForGate(p, selector, e.External, out Descriptor code)) return false;
        int cpl = code.IsConforming ? p.Cpl : code.Dpl;
        if (p.Virtual8086 && cpl != 0) return p.Refuse(ExceptionVector.GeneralProtection, selector.ErrorCode | e.External);
        int size = (gate.Type & 8) != 0 ? 4 : 2;
        var stack = new TransferStack(p, e.External);
        if (cpl != p.Cpl && !SwitchStack(p, cpl, size, e.External, ref stack)) return false;
        if (!CodeSegment.CheckTarget(p, code, gate.GateOffset, e.External) || !PushFrame(p, e, origin, ref stack, size)) return false;
        if (!DescriptorTables.MarkAccessed(p, code)) return false;
        return Enter(p, gate, code, cpl, stack);
    }

    /// <summary>The stack of a more privileged level, with the old one pushed on it.</summary>
    [Manual("3A", "5.8.5", "Stack Switching")]
    private static bool SwitchStack(Processor p, int cpl, int size, uint external, ref TransferStack stack)
    {
        if (!StackSwitch.FromTss(p, cpl, external, out stack)) return false;
        if (p.Virtual8086 && !PushSegments(p, ref stack, size)) return false;
        return stack.Push(p, p.Segment(SegmentName.Ss).Selector, size) && stack.Push(p, p.Registers.At<ulong>(Register.Rsp), size);
    }

    /// <summary>From virtual-8086 mode the four data segment registers go on the stack first.</summary>
    [Manual("3B", "21.3.1.1", "Handling an Interrupt or Exception Through a Protected-Mode Trap or Interrupt Gate")]
    private static bool PushSegments(Processor p, ref TransferStack stack, int size)
    {
        foreach (SegmentName name in (ReadOnlySpan<SegmentName>)[SegmentName.Gs, SegmentName.Fs, SegmentName.Ds, SegmentName.Es])
            if (!stack.Push(p, p.Segment(name).Selector, size)) return false;
        return true;
    }

    private static bool PushFrame(Processor p, Event e, in ReturnPoint origin, ref TransferStack stack, int size) =>
        stack.Push(p, origin.Rflags, size) && stack.Push(p, p.Segment(SegmentName.Cs).Selector, size) && stack.Push(p, origin.Rip, size)
        && (!e.HasErrorCode || stack.Push(p, e.ErrorCode, size));

    /// <summary>Everything has been checked and pushed.</summary>
    private static bool Enter(Processor p, in Descriptor gate, in Descriptor code, int cpl, in TransferStack stack)
    {
        bool from8086 = p.Virtual8086;
        p.SystemFlags &= ~Eflags.VM;
        CodeSegment.Commit(p, gate.GateSelector, code, cpl);
        stack.Commit(p);
        if (from8086)
        {
            foreach (SegmentName name in (ReadOnlySpan<SegmentName>)[SegmentName.Gs, SegmentName.Fs, SegmentName.Ds, SegmentName.Es])
                p.SetSegment(name, SegmentLoading.Null(new Selector(0)));
        }

        return Delivery.Enter(p, gate.GateOffset, IdtGate.ClearedFlags(gate));
    }

    /// <summary>The old task's TSS gets the flags as they would be pushed, RF included.</summary>
    [Manual("3A", "6.12.2", "Interrupt Tasks")]
    private static bool SwitchTask(Processor p, Event e, in Descriptor gate, in ReturnPoint origin)
    {
        var request = new TaskSwitchRequest(TaskSwitchSource.TaskGate, origin.Rip, e.InstructionLength, e.External, e.HasErrorCode ? e.ErrorCode : null);
        uint flags = p.SystemFlags;
        p.SystemFlags |= (uint)origin.Rflags & Eflags.RF;
        TaskSwitchResult result = TaskSwitch.ThroughGate(p, gate, request);
        if (result == TaskSwitchResult.Refused) p.SystemFlags = flags;
        return result == TaskSwitchResult.Done && Delivery.Enter(p, p.Rip, 0);
    }
}
