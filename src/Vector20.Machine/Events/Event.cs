namespace Vector20.Machine.Events;

/// <summary>The type of an event, numbered as in the VM-entry and VM-exit interruption-information fields.</summary>
[Manual("3C", "25.9.2", "Information for VM Exits Due to Vectored Events")]
public enum EventType : byte
{
    /// <summary>External (maskable, hardware) interrupt.</summary>
    ExternalInterrupt = 0,

    /// <summary>Non-maskable interrupt.</summary>
    Nmi = 2,

    /// <summary>Exception raised by the processor: #PF, #VE, BOUND's #BR, UD0/UD1/UD2's #UD and the like.</summary>
    HardwareException = 3,

    /// <summary>INT n (CD ib), whatever n is.</summary>
    SoftwareInterrupt = 4,

    /// <summary>INT1 (F1).</summary>
    PrivilegedSoftwareException = 5,

    /// <summary>INT3 (CC) or INTO (CE).</summary>
    SoftwareException = 6,

    /// <summary>Not a vectored event: the pending MTF VM exit, in VM-entry injection only.</summary>
    Other = 7,
}

/// <summary>Where an event came from, for paths and traces. It never decides how the event is delivered.</summary>
public enum EventSource : byte
{
    /// <summary>An instruction of the guest, by its execution.</summary>
    Instruction,

    /// <summary>The local APIC: an IPI.</summary>
    InterProcessorInterrupt,

    /// <summary>The local APIC: an entry of the local vector table.</summary>
    LocalVectorTable,

    /// <summary>The I/O APIC or the 8259.</summary>
    Device,

    /// <summary>VM-entry event injection.</summary>
    Injection,

    /// <summary>The delivery of another event.</summary>
    Delivery,

    /// <summary>An EPT violation that was converted.</summary>
    EptViolation,
}

/// <summary>One event on its way from where it is raised to where it is delivered or intercepted.</summary>
/// <param name="Type">The interruption type.</param>
/// <param name="Vector">The vector, 0-255.</param>
/// <param name="HasErrorCode">Whether the event delivers an error code.</param>
/// <param name="ErrorCode">The error code, 32 bits; 0 without one.</param>
/// <param name="InstructionLength">Length in bytes of the instruction that caused a software event (INT n, INT1, INT3, INTO); 0 for others.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="Payload">#PF: the linear address, for CR2. #DB: the conditions met, in DR6's positions. Else 0.</param>
/// <remarks>Two words, so that it travels in registers: bits 11:0 of the first are those of the manual's interruption-information format.</remarks>
public readonly record struct Event(
    EventType Type,
    byte Vector,
    bool HasErrorCode = false,
    uint ErrorCode = 0,
    byte InstructionLength = 0,
    EventSource Source = EventSource.Instruction,
    ulong Payload = 0)
{
    private const int TypeAt = 8, HasErrorCodeAt = 11, SourceAt = 12, LengthAt = 16, ErrorCodeAt = 32;

    private readonly ulong _word = Vector | (ulong)Type << TypeAt | (HasErrorCode ? 1ul : 0) << HasErrorCodeAt | (ulong)Source << SourceAt
        | (ulong)InstructionLength << LengthAt | (ulong)ErrorCode << ErrorCodeAt;

    /// <summary>The interruption type.</summary>
    public EventType Type { get => (EventType)(_word >> TypeAt & 7); init => _word = With(7, TypeAt, (ulong)value); }

    /// <summary>The vector, 0-255.</summary>
    public byte Vector { get => (byte)_word; init => _word = With(byte.MaxValue, 0, value); }

    /// <summary>Whether the event delivers an error code.</summary>
    public bool HasErrorCode { get => (_word >> HasErrorCodeAt & 1) != 0; init => _word = With(1, HasErrorCodeAt, value ? 1ul : 0); }

    /// <summary>The error code, 32 bits; 0 without one.</summary>
    public uint ErrorCode { get => (uint)(_word >> ErrorCodeAt); init => _word = With(uint.MaxValue, ErrorCodeAt, value); }

    /// <summary>Length in bytes of the instruction that caused a software event (INT n, INT1, INT3, INTO); 0 for others.</summary>
    public byte InstructionLength { get => (byte)(_word >> LengthAt); init => _word = With(byte.MaxValue, LengthAt, value); }

    /// <summary>Where it came from.</summary>
    public EventSource Source { get => (EventSource)(_word >> SourceAt & 15); init => _word = With(15, SourceAt, (ulong)value); }

    /// <summary>A hardware exception without an error code.</summary>
    public static Event Exception(ExceptionVector vector) => new(EventType.HardwareException, (byte)vector);

    /// <summary>A hardware exception with an error code.</summary>
    public static Event Exception(ExceptionVector vector, uint errorCode) =>
        new(EventType.HardwareException, (byte)vector, true, errorCode);

    /// <summary>#DF. Its error code is always 0.</summary>
    public static Event DoubleFault => Exception(ExceptionVector.DoubleFault, 0);

    /// <summary>Whether the event is this exception, raised by the processor: INT 14 is no page fault.</summary>
    public bool Is(ExceptionVector vector) => Type == EventType.HardwareException && Vector == (byte)vector;

    /// <summary>
    /// EXT, bit 0 of the error code of a fault met while this event is delivered: the event is external to the program.
    /// INT n, INT3 and INTO are not.
    /// </summary>
    [Manual("3A", "6.13", "Error Code")]
    public uint External => Type is EventType.SoftwareInterrupt or EventType.SoftwareException ? 0u : 1;

    /// <summary>Whether the event is one of the software types (4, 5, 6), whose return address is the next instruction.</summary>
    public bool IsSoftware => Type is EventType.SoftwareInterrupt or EventType.PrivilegedSoftwareException or EventType.SoftwareException;

    /// <summary>The event as the manual's 32-bit interruption-information format, valid bit set.</summary>
    public uint InterruptionInformation => 0x8000_0000u | (uint)_word & 0xFFF;

    private ulong With(ulong mask, int at, ulong value) => _word & ~(mask << at) | value << at;
}
