using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Vmx;

/// <summary>VMX instructions, descriptor tables, task switches, PAUSE.</summary>
internal static partial class Intercepts
{
    /// <summary>VMCALL, VMLAUNCH, VMRESUME and VMXOFF always exit: before any check of CPL, after #UD.</summary>
    public static bool Vmx(Processor p, in Operation op, ExitReason reason) => Exit(p, op, reason);

    /// <summary>VMCLEAR, VMPTRLD, VMPTRST and VMXON always exit.</summary>
    public static bool VmxWithMemory(Processor p, in Operation op, ExitReason reason) =>
        ExitWithMemoryOperand(p, op, reason, InstructionInformation.OfMemory(op));

    /// <summary>INVEPT and INVVPID always exit.</summary>
    public static bool Invalidate(Processor p, in Operation op, ExitReason reason) =>
        ExitWithMemoryOperand(p, op, reason, InstructionInformation.OfMemoryAndRegister(op));

    /// <summary>VMREAD and VMWRITE exit unless VMCS shadowing is on and the bit of the field's encoding, of at most 15 bits, is 0 in the bitmap.</summary>
    [Manual("3C", "25.6.15", "VMCS Shadowing Bitmap Addresses")]
    public static bool VmcsAccess(Processor p, in Operation op, bool read)
    {
        byte register = read ? op.Source : op.Destination;
        ulong encoding = p.Is64Bit ? p.Get<ulong>(register) : p.Get<uint>(register);
        bool shadowed = Has(p, SecondaryControls.VmcsShadowing) && encoding < 0x8000
            && !BitAt(p, p.Vmx.Vmcs[read ? VmcsField.VmreadBitmapAddress : VmcsField.VmwriteBitmapAddress], (int)encoding);
        return !shadowed && ExitWithMemoryOperand(p, op, read ? ExitReason.Vmread : ExitReason.Vmwrite, InstructionInformation.OfVmcsAccess(op, read));
    }

    /// <summary>SGDT, SIDT, LGDT, LIDT, SLDT, STR, LLDT and LTR.</summary>
    public static bool DescriptorTable(Processor p, in Operation op, DescriptorTableInstruction instruction)
    {
        if (!Has(p, SecondaryControls.DescriptorTableExiting)) return false;
        return instruction >= DescriptorTableInstruction.Sldt
            ? ExitWithMemoryOperand(p, op, ExitReason.AccessToLdtrOrTr, InstructionInformation.OfSystemSegment(op, instruction))
            : ExitWithMemoryOperand(p, op, ExitReason.AccessToGdtrOrIdtr, InstructionInformation.OfDescriptorTable(op, instruction));
    }

    /// <summary>
    /// A task switch always exits, once the checks before reading the new TSS have passed, unless the handler of the exit that it made before
    /// has lifted the intercept. During the delivery of an event there is no operation, and the event's instruction length goes into the exit.
    /// </summary>
    [Manual("3C", "26.4.2", "Treatment of Task Switches")]
    public static bool TaskSwitch(Processor p, byte instructionLength, ushort selector, TaskSwitchSource source)
    {
        if (p.Vmx.TaskSwitchLifted)
        {
            p.Vmx.TaskSwitchLifted = false;
            return false;
        }

        p.Exit = new VmExit(ExitReason.TaskSwitch, selector | (ulong)source << 30, instructionLength);
        p.StopReason = StopReason.VmExit;
        return true;
    }

    /// <summary>PAUSE: always, or when it was executed for too long in a loop at CPL 0.</summary>
    [Manual("3C", "26.1.3", "Instructions That Cause VM Exits Conditionally")]
    public static bool Pause(Processor p, in Operation op)
    {
        if (Has(p, ProcessorBasedControls.PauseExiting)) return Exit(p, op, ExitReason.Pause);
        return Has(p, SecondaryControls.PauseLoopExiting) && p.Cpl == 0 && LoopedTooLong(p) && Exit(p, op, ExitReason.Pause);
    }

    private static bool LoopedTooLong(Processor p)
    {
        VmxState vmx = p.Vmx;
        ulong now = p.Now, last = vmx.LastPause;
        vmx.LastPause = now;
        if (last == 0 || now - last > vmx.Vmcs[VmcsField.PleGap]) vmx.FirstPause = now;
        return now - vmx.FirstPause > vmx.Vmcs[VmcsField.PleWindow];
    }
}

/// <summary>What began a task switch: bits 31:30 of the exit qualification.</summary>
internal enum TaskSwitchSource : byte
{
    /// <summary>CALL.</summary>
    Call = 0,

    /// <summary>IRET.</summary>
    Iret = 1,

    /// <summary>JMP.</summary>
    Jmp = 2,

    /// <summary>A task gate in the IDT.</summary>
    TaskGate = 3,
}
