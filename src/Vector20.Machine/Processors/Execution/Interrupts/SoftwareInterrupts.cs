using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Interrupts;

/// <summary>
/// INT n, INT1, INT3 and INTO. They differ in type, and so in what they may meet: INT 3 (CD 03) is a software interrupt, INT3 (CC) an
/// exception.
/// </summary>
[Manual("2A", "3.3", "INT n/INTO/INT3/INT1 - Call to Interrupt Procedure")]
internal static unsafe class SoftwareInterrupts
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Int => &Interrupt,
        Mnemonic.Int1 => &Interrupt1,
        Mnemonic.Int3 => &Interrupt3,
        Mnemonic.Into => &InterruptOnOverflow,
        _ => null,
    };

    /// <summary>CD ib. In virtual-8086 mode it needs IOPL 3, or the virtual-8086 mode extensions.</summary>
    [Manual("3B", "21.3.3", "Class 3 - Software Interrupt Handling in Virtual-8086 Mode")]
    private static Outcome Interrupt(Processor p, in Operation op)
    {
        if (p.Virtual8086 && p.IoPrivilegeLevel < 3 && (p.ControlRegister4 & Cr4.VME) == 0) return p.Fault(ExceptionVector.GeneralProtection, 0);
        return Raise(p, op, EventType.SoftwareInterrupt, (byte)op.Immediate);
    }

    /// <summary>F1.</summary>
    private static Outcome Interrupt1(Processor p, in Operation op) => Raise(p, op, EventType.PrivilegedSoftwareException, (byte)ExceptionVector.Debug);

    /// <summary>CC. Never sensitive to IOPL.</summary>
    private static Outcome Interrupt3(Processor p, in Operation op) => Raise(p, op, EventType.SoftwareException, (byte)ExceptionVector.Breakpoint);

    /// <summary>CE. Nothing if OF is 0; not a 64-bit instruction.</summary>
    private static Outcome InterruptOnOverflow(Processor p, in Operation op) =>
        p.Flags.Overflow ? Raise(p, op, EventType.SoftwareException, (byte)ExceptionVector.Overflow) : Outcome.Leave;

    private static Outcome Raise(Processor p, in Operation op, EventType type, byte vector) => p.Raise(new Event(type, vector, InstructionLength: op.Length));
}
