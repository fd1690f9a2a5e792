using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Segmentation;

namespace Vector20.Machine.Processors.Execution.Interrupts;

/// <summary>IRET in real-address mode and virtual-8086 mode, and into the latter.</summary>
[Manual("2A", "3.3", "IRET/IRETD/IRETQ - Interrupt Return")]
internal static class Virtual8086Return
{
    private const uint Always = Eflags.Status | Eflags.TF | Eflags.DF | Eflags.NT, Upper = Eflags.RF | Eflags.AC | Eflags.ID;

    /// <summary>In real-address mode.</summary>
    public static Outcome ReturnReal(Processor p, in Operation op) =>
        ReturnFrame.Read(p, op.OperandSize, out ReturnFrame frame)
            ? Go(p, frame, op.OperandSize, Narrow(Always | Upper | Eflags.IF | Eflags.IOPL, op), frame.Flags)
            : Outcome.Stop;

    /// <summary>In virtual-8086 mode: with IOPL 3 as in real-address mode; else VIF takes the place of IF, if the extensions are on.</summary>
    [Manual("3B", "21.3.3.4", "Method 5: Software Interrupt Handling")]
    public static Outcome ReturnVirtual(Processor p, in Operation op)
    {
        int size = op.OperandSize;
        bool virtualFlag = p.IoPrivilegeLevel < 3;
        if (virtualFlag && (size != 2 || (p.ControlRegister4 & Cr4.VME) == 0)) return p.Fault(ExceptionVector.GeneralProtection, 0);
        if (!ReturnFrame.Read(p, size, out ReturnFrame frame)) return Outcome.Stop;
        if (!virtualFlag) return Go(p, frame, size, Narrow(Always | Upper | Eflags.IF, op), frame.Flags);
        bool on = (frame.Flags & Eflags.IF) != 0, pending = (p.SystemFlags & Eflags.VIP) != 0;
        if (on && pending || (frame.Flags & Eflags.TF) != 0) return p.Fault(ExceptionVector.GeneralProtection, 0);
        return Go(p, frame, size, Always | Eflags.VIF, frame.Flags & ~(ulong)Eflags.VIF | (on ? Eflags.VIF : 0));
    }

    /// <summary>From CPL 0 with VM set in the image: the stack and the four data segments come from the stack too.</summary>
    [Manual("3B", "21.2.5", "Entering Virtual-8086 Mode")]
    public static Outcome Enter(Processor p, ReturnFrame frame)
    {
        Span<ulong> values = stackalloc ulong[6];
        for (int i = 0; i < values.Length; i++)
            if (!OuterReturn.Peek(p, 12 + 4 * (uint)i, 4, out values[i])) return Outcome.Stop;
        if (frame.Target > ushort.MaxValue) return p.Fault(ExceptionVector.GeneralProtection, 0);
        p.CurrentPrivilegeLevel = 3;
        p.SetSegment(SegmentName.Cs, SegmentLoading.InVirtual8086Mode(frame.Selector.Value));
        ReadOnlySpan<SegmentName> names = [SegmentName.Ss, SegmentName.Es, SegmentName.Ds, SegmentName.Fs, SegmentName.Gs];
        for (int i = 0; i < names.Length; i++) p.SetSegment(names[i], SegmentLoading.InVirtual8086Mode((ushort)values[i + 1]));
        p.Registers.At<ulong>(Register.Rsp) = (uint)values[0];
        p.SetRflags(frame.Flags);
        p.Rip = frame.Target;
        return Outcome.Jump;
    }

    private static uint Narrow(uint flags, in Operation op) => op.OperandSize == 2 ? flags & ushort.MaxValue : flags;

    private static Outcome Go(Processor p, in ReturnFrame frame, int size, uint which, ulong flags)
    {
        if (frame.Target > p.Segment(SegmentName.Cs).Limit) return p.Fault(ExceptionVector.GeneralProtection, 0);
        p.SetStackPointer(p.Registers.At<ulong>(Register.Rsp) + 3 * (uint)size & p.StackMask);
        CodeSegment.CommitReal(p, frame.Selector.Value);
        p.Rip = frame.Target;
        InterruptReturn.LoadFlags(p, flags, which);
        return Outcome.Jump;
    }
}
