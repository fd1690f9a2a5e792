using Vector20.Machine.Events;

namespace Vector20.Machine.Vmx;

/// <summary>The 32-bit format of the VM-exit interruption-information and the IDT-vectoring information fields.</summary>
/// <param name="Value">Vector in bits 7:0, type 10:8, error code valid 11, NMI unblocking due to IRET 12, valid 31.</param>
[Manual("3C", "25.9.2", "Information for VM Exits Due to Vectored Events")]
[Manual("3C", "25.9.3", "Information for VM Exits That Occur During Event Delivery")]
public readonly record struct InterruptionInformation(uint Value)
{
    /// <summary>The valid bit.</summary>
    public const uint ValidBit = 1u << 31;

    /// <summary>Bit 12: the fault left the unblocking of NMIs that IRET had begun in effect.</summary>
    public const uint NmiUnblockingBit = 1u << 12;

    /// <summary>The information about an event.</summary>
    public InterruptionInformation(Event e) : this(e.InterruptionInformation)
    {
    }

    /// <summary>The vector.</summary>
    public byte Vector => (byte)Value;

    /// <summary>The type.</summary>
    public EventType Type => (EventType)(Value >> 8 & 7);

    /// <summary>Whether it is this hardware exception.</summary>
    public bool Is(ExceptionVector vector) => Type == EventType.HardwareException && Vector == (byte)vector;

    /// <summary>Whether an error code goes with it.</summary>
    public bool HasErrorCode => (Value & 1u << 11) != 0;

    /// <summary>NMI unblocking due to IRET (undefined in IDT-vectoring information).</summary>
    public bool NmiUnblockingDueToIret => (Value & NmiUnblockingBit) != 0;

    /// <summary>Whether there is anything.</summary>
    public bool Valid => (Value & ValidBit) != 0;
}

/// <summary>The 32-bit format of the VM-entry interruption-information field.</summary>
/// <param name="Value">Vector in bits 7:0, type 10:8, deliver error code 11, valid 31.</param>
[Manual("3C", "25.8.3", "VM-Entry Controls for Event Injection")]
public readonly record struct EntryInterruptionInformation(uint Value)
{
    /// <summary>Bits 30:12, which must be 0.</summary>
    public const uint ReservedBits = 0x7FFF_F000;

    /// <summary>The information that injects an event.</summary>
    public EntryInterruptionInformation(Event e) : this(e.InterruptionInformation)
    {
    }

    /// <summary>The vector.</summary>
    public byte Vector => (byte)Value;

    /// <summary>The type.</summary>
    public EventType Type => (EventType)(Value >> 8 & 7);

    /// <summary>Whether the field's error code is delivered.</summary>
    public bool DeliverErrorCode => (Value & 1u << 11) != 0;

    /// <summary>Whether there is anything to inject.</summary>
    public bool Valid => (Value & InterruptionInformation.ValidBit) != 0;
}

/// <summary>The bits of the interruptibility-state field.</summary>
[Flags]
[Manual("3C", "25.4.2", "Guest Non-Register State")]
public enum InterruptibilityState : uint
{
    /// <summary>Nothing blocks.</summary>
    None = 0,

    /// <summary>Blocking by STI.</summary>
    BlockingBySti = 1u << 0,

    /// <summary>Blocking by MOV SS.</summary>
    BlockingByMovSs = 1u << 1,

    /// <summary>Blocking by SMI.</summary>
    BlockingBySmi = 1u << 2,

    /// <summary>Blocking by NMI; with virtual NMIs, virtual-NMI blocking.</summary>
    BlockingByNmi = 1u << 3,

    /// <summary>The exit was incident to enclave mode.</summary>
    EnclaveInterruption = 1u << 4,

    /// <summary>Bits that must be 0.</summary>
    Reserved = ~0x1Fu,
}
