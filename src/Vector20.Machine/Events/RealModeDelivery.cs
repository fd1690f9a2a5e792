using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Segmentation;

namespace Vector20.Machine.Events;

/// <summary>Delivery in real-address mode: a far pointer from the interrupt vector table.</summary>
[Manual("3B", "21.1.4", "Interrupt and Exception Handling")]
internal static class RealModeDelivery
{
    /// <summary>Delivers an event.</summary>
    public static bool Deliver(Processor p, Event e, in ReturnPoint origin)
    {
        uint entry = (uint)e.Vector * 4;
        if (entry + 3 > p.Idtr.Limit) return p.Refuse(ExceptionVector.GeneralProtection, 0);
        if (!p.ReadLinear(p.Idtr.Base + entry & uint.MaxValue, AccessMode.Supervisor, out uint pointer)) return false;
        return Enter(p, origin, pointer, Eflags.IF | Eflags.TF | Eflags.AC | Eflags.RF);
    }

    /// <summary>Pushes FLAGS, CS and IP, 16 bits each, and goes to a far pointer.</summary>
    public static bool Enter(Processor p, in ReturnPoint origin, uint pointer, uint cleared)
    {
        var stack = new TransferStack(p);
        if (!stack.Push(p, origin.Rflags, 2) || !stack.Push(p, p.Segment(SegmentName.Cs).Selector, 2) || !stack.Push(p, origin.Rip, 2)) return false;
        CodeSegment.CommitReal(p, (ushort)(pointer >> 16));
        stack.Commit(p);
        return Delivery.Enter(p, (ushort)pointer, cleared);
    }
}
