using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vector20.Machine.Platform.Serial;

/// <summary>Everything a 16550 remembers.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct UartState
{
    public byte InterruptEnable, LineControl, ModemControl, Scratch, DivisorLow, DivisorHigh;

    /// <summary>Bits 3:0 of the modem status register: what changed since it was read.</summary>
    public byte ModemChanges;

    public bool FifosEnabled, Overrun;

    /// <summary>The guest has written the modem control register.</summary>
    public bool ModemControlled;

    /// <summary>How many received bytes ask for an interrupt.</summary>
    public byte TriggerLevel;

    /// <summary>The transmitter became empty, and the interrupt for it has not been seen.</summary>
    public bool TransmitterInterrupt;

    /// <summary>The received bytes, a ring.</summary>
    public ReceiveFifo Received;

    public byte First, Count;

    /// <summary>When the host's source is asked next, in ticks.</summary>
    public ulong NextPoll;
}

/// <summary>Sixteen bytes.</summary>
[InlineArray(Size)]
internal struct ReceiveFifo
{
    public const int Size = 16;

    private byte _first;
}
