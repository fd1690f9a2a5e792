using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Segmentation;

namespace Vector20.Machine.Events;

/// <summary>Delivery in IA-32e mode: 16-byte gates, 64-bit handlers, a frame of quadwords on an aligned stack.</summary>
[Manual("3A", "6.14", "Exception and Interrupt Handling in 64-bit Mode")]
internal static class LongModeDelivery
{
    /// <summary>Delivers an event.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Deliver(Processor p, Event e, ReturnPoint origin)
    {
        uint external = e.External;
        if (!IdtGate.Read(p, e, out Descriptor gate)) return false;
        if (!CodeSegment.FetchForGate(p, gate.GateSelector, external, out Descriptor code)) return false;
        int cpl = code.IsConforming ? p.Cpl : code.Dpl;
        ulong top = p.Registers.At<ulong>(Register.Rsp);
        if (gate.InterruptStack != 0 || cpl < p.Cpl)
        {
            if (!SwitchStack(p, gate.InterruptStack, cpl, external, out ulong switched)) return false;
            top = switched;
        }

        top = (top & ~15ul) - (e.HasErrorCode ? 48u : 40u);
        if (!CodeSegment.CheckTarget(p, code, gate.GateOffset, external) || !PushFrame(p, e, origin, cpl, top)) return false;
        if (!DescriptorTables.MarkAccessed(p, code)) return false;
        bool inner = cpl != p.Cpl;
        CodeSegment.Commit(p, gate.GateSelector, code, cpl);
        if (inner) p.SetSegment(SegmentName.Ss, SegmentLoading.NullStack(cpl));
        p.Registers.At<ulong>(Register.Rsp) = top;
        return Delivery.Enter(p, gate.GateOffset, IdtGate.ClearedFlags(gate));
    }

    /// <summary>Instead of the current stack the interrupt stack that the gate names; else that of a more privileged level.</summary>
    [Manual("3A", "6.14.4", "Stack Switching in IA-32e Mode")]
    [Manual("3A", "6.14.5", "Interrupt Stack Table")]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool SwitchStack(Processor p, int interruptStack, int cpl, uint external, out ulong pointer) => interruptStack != 0
        ? StackSwitch.ReadInterruptStack(p, interruptStack, external, out pointer)
        : StackSwitch.ReadPrivilegedStack(p, cpl, external, out pointer);

    /// <summary>SS and RSP always, whether or not the stack changes. <paramref name="top"/> is where the stack will end.</summary>
    [Manual("3A", "6.14.2", "64-Bit Mode Stack Frame")]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool PushFrame(Processor p, Event e, ReturnPoint origin, int cpl, ulong top)
    {
        int count = e.HasErrorCode ? 6 : 5;
        Span<ulong> room = MemoryMarshal.Cast<byte, ulong>(p.WritableAhead(top, TransferStack.ModeFor(p, cpl)));
        if (room.Length < count) return PushEach(p, e, origin, cpl, top + 8 * (uint)count);
        room[0] = e.ErrorCode;
        room = room.Slice(count - 5, 5);
        room[4] = p.Segment(SegmentName.Ss).Selector;
        room[3] = p.Registers.At<ulong>(Register.Rsp);
        room[2] = origin.Rflags;
        room[1] = p.Segment(SegmentName.Cs).Selector;
        room[0] = origin.Rip;
        return true;
    }

    /// <summary>The same, one by one, for one may fault.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool PushEach(Processor p, Event e, ReturnPoint origin, int cpl, ulong pointer)
    {
        var stack = new TransferStack(p.Segment(SegmentName.Ss), pointer, ulong.MaxValue, cpl, e.External);
        return stack.Push(p, p.Segment(SegmentName.Ss).Selector, 8) && stack.Push(p, p.Registers.At<ulong>(Register.Rsp), 8)
            && stack.Push(p, origin.Rflags, 8) && stack.Push(p, p.Segment(SegmentName.Cs).Selector, 8) && stack.Push(p, origin.Rip, 8)
            && (!e.HasErrorCode || stack.Push(p, e.ErrorCode, 8));
    }
}
