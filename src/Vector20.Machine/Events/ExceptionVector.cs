namespace Vector20.Machine.Events;

/// <summary>The exceptions by name. Vectors 15 and 22-31 are reserved; 32-255 are the user's.</summary>
[Manual("3A", "6.3.1", "External Interrupts")]
[Manual("3A", "6.15", "Exception and Interrupt Reference")]
public enum ExceptionVector : byte
{
    /// <summary>#DE, divide error.</summary>
    DivideError = 0,

    /// <summary>#DB, debug exception.</summary>
    Debug = 1,

    /// <summary>NMI. Not an exception; it has a vector all the same.</summary>
    Nmi = 2,

    /// <summary>#BP, breakpoint.</summary>
    Breakpoint = 3,

    /// <summary>#OF, overflow.</summary>
    Overflow = 4,

    /// <summary>#BR, BOUND range exceeded.</summary>
    BoundRange = 5,

    /// <summary>#UD, invalid opcode.</summary>
    InvalidOpcode = 6,

    /// <summary>#NM, device not available.</summary>
    DeviceNotAvailable = 7,

    /// <summary>#DF, double fault.</summary>
    DoubleFault = 8,

    /// <summary>Coprocessor segment overrun: reserved since the Intel386.</summary>
    CoprocessorSegmentOverrun = 9,

    /// <summary>#TS, invalid TSS.</summary>
    InvalidTss = 10,

    /// <summary>#NP, segment not present.</summary>
    SegmentNotPresent = 11,

    /// <summary>#SS, stack-segment fault.</summary>
    StackFault = 12,

    /// <summary>#GP, general protection.</summary>
    GeneralProtection = 13,

    /// <summary>#PF, page fault.</summary>
    PageFault = 14,

    /// <summary>#MF, x87 floating-point error.</summary>
    FloatingPoint = 16,

    /// <summary>#AC, alignment check.</summary>
    AlignmentCheck = 17,

    /// <summary>#MC, machine check.</summary>
    MachineCheck = 18,

    /// <summary>#XM, SIMD floating-point exception.</summary>
    SimdFloatingPoint = 19,

    /// <summary>#VE, virtualization exception.</summary>
    Virtualization = 20,

    /// <summary>#CP, control-protection exception.</summary>
    ControlProtection = 21,
}
