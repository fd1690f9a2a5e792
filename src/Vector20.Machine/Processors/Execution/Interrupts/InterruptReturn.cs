using System.Runtime.CompilerServices;
using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Execution.SystemInstructions;
using Vector20.Machine.Processors.Segmentation;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution.Interrupts;

/// <summary>IRET, IRETD and IRETQ in protected mode and IA-32e mode. The other modes are in <see cref="Virtual8086Return"/>.</summary>
[Manual("2A", "3.3", "IRET/IRETD/IRETQ - Interrupt Return")]
internal static unsafe class InterruptReturn
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic is Mnemonic.Iret or Mnemonic.Iretd or Mnemonic.Iretq ? &Return : null;

    /// <summary>NMIs are unblocked before anything else, and stay so if IRET then faults.</summary>
    private static Outcome Return(Processor p, in Operation op)
    {
        NmiBlocking.Unblock(p);
        Outcome outcome = !p.Protected ? Virtual8086Return.ReturnReal(p, op)
            : p.Virtual8086 ? Virtual8086Return.ReturnVirtual(p, op)
            : (p.SystemFlags & Eflags.NT) != 0 ? ReturnToTask(p, op)
            : ReturnProtected(p, op);
        if (outcome != Outcome.Stop) p.IretUnblockedNmis = false;
        return outcome;
    }

    private static Outcome ReturnProtected(Processor p, in Operation op)
    {
        int size = op.OperandSize;
        if (!ReturnFrame.Read(p, size, out ReturnFrame frame)) return Outcome.Stop;
        if (!p.LongMode && size == 4 && p.Cpl == 0 && (frame.Flags & Eflags.VM) != 0) return Virtual8086Return.Enter(p, frame);
        if (!CodeSegment.FetchForReturn(p, frame.Selector, out Descriptor code)) return Outcome.Stop;
        uint flags = FlagsThatReturn(p, size);
        return p.Is64Bit || frame.Selector.Rpl > p.Cpl ? ReturnWithStack(p, frame, code, size, flags) : ReturnOnStack(p, frame, code, size, flags);
    }

    /// <summary>To the same privilege level: the stack stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Outcome ReturnOnStack(Processor p, in ReturnFrame frame, in Descriptor code, int size, uint flags)
    {
        if (!CodeSegment.CheckTarget(p, code, frame.Target)) return Outcome.Stop;
        ulong stack = p.Registers.At<ulong>(Register.Rsp) + 3 * (uint)size & p.StackMask;
        Outcome outcome = FarTransfer.Enter(p, frame.Selector, code, frame.Target, p.Cpl);
        if (outcome == Outcome.Stop) return outcome;
        p.SetStackPointer(stack);
        LoadFlags(p, frame.Flags, flags);
        return outcome;
    }

    /// <summary>To an outer privilege level, or from 64-bit mode to any: SS and RSP are popped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Outcome ReturnWithStack(Processor p, in ReturnFrame frame, in Descriptor code, int size, uint flags)
    {
        ulong pointer = frame.Pointer;
        Selector selector = frame.Stack;
        if (!frame.IsWhole && !ReturnFrame.ReadStack(p, size, out pointer, out selector)) return Outcome.Stop;
        int privilege = frame.Selector.Rpl;
        bool outer = privilege > p.Cpl;
        if (!OuterReturn.CheckStack(p, selector, code, privilege, out Descriptor stack)) return Outcome.Stop;
        if (!CodeSegment.CheckTarget(p, code, frame.Target)) return Outcome.Stop;
        if (FarTransfer.Enter(p, frame.Selector, code, frame.Target, privilege) == Outcome.Stop) return Outcome.Stop;
        OuterReturn.LoadStack(p, selector, stack, privilege);
        p.SetStackPointer(pointer);
        LoadFlags(p, frame.Flags, flags);
        if (outer) OuterReturn.DropPrivilegedSegments(p);
        return Outcome.Jump;
    }

    /// <summary>Which flags IRET loads: IF where CPL allows it by IOPL; IOPL, VIF and VIP at CPL 0.</summary>
    private static uint FlagsThatReturn(Processor p, int size)
    {
        uint flags = Eflags.Status | Eflags.TF | Eflags.DF | Eflags.NT | Eflags.RF | Eflags.AC | Eflags.ID;
        if (p.Cpl <= p.IoPrivilegeLevel) flags |= Eflags.IF;
        if (p.Cpl == 0) flags |= Eflags.IOPL | Eflags.VIF | Eflags.VIP;
        return size == 2 ? flags & ushort.MaxValue : flags;
    }

    /// <summary>Loads some flags of an image, and leaves the others.</summary>
    public static void LoadFlags(Processor p, ulong image, uint which) => p.SetRflags(p.Rflags & ~(ulong)which | image & which);

    /// <summary>With NT set: back to the task that the TSS links to. IA-32e mode has no tasks.</summary>
    [Manual("3A", "8.4", "Task Linking")]
    private static Outcome ReturnToTask(Processor p, in Operation op)
    {
        if (p.LongMode) return p.Fault(ExceptionVector.GeneralProtection, 0);
        return GateTransfer.Complete(p, TaskSwitch.Return(p, new TaskSwitchRequest(TaskSwitchSource.Iret, p.NextRip(op), op.Length)));
    }
}

/// <summary>What IRET finds on top of the stack.</summary>
/// <param name="Target">The return address.</param>
/// <param name="Selector">CS.</param>
/// <param name="Flags">The image of RFLAGS.</param>
/// <param name="IsWhole">Whether the two that follow have been read too: in 64-bit mode, where they are popped always, and reading them needs no check.</param>
/// <param name="Pointer">RSP.</param>
/// <param name="Stack">SS.</param>
internal readonly record struct ReturnFrame(ulong Target, Selector Selector, ulong Flags, bool IsWhole = false, ulong Pointer = 0, Selector Stack = default)
{
    /// <summary>Reads the three, 2, 4 or 8 bytes each, without popping them; all five if they are at hand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Read(Processor p, int size, out ReturnFrame frame)
    {
        ReadOnlySpan<ulong> ahead = p.StackAhead;
        if (size == 8 && ahead.Length >= 5)
        {
            frame = new ReturnFrame(ahead[0], new Selector((ushort)ahead[1]), ahead[2], true, ahead[3], new Selector((ushort)ahead[4]));
            return true;
        }

        frame = default;
        uint width = (uint)size;
        if (!OuterReturn.Peek(p, 0, size, out ulong target) || !OuterReturn.Peek(p, width, size, out ulong selector)) return false;
        if (!OuterReturn.Peek(p, 2 * width, size, out ulong flags)) return false;
        frame = new ReturnFrame(target, new Selector((ushort)selector), flags);
        return true;
    }

    /// <summary>Reads the stack pointer and the stack selector beyond them.</summary>
    public static bool ReadStack(Processor p, int size, out ulong pointer, out Selector selector)
    {
        selector = default;
        if (!OuterReturn.Peek(p, 3 * (uint)size, size, out pointer) || !OuterReturn.Peek(p, 4 * (uint)size, size, out ulong value)) return false;
        selector = new Selector((ushort)value);
        return true;
    }
}
