namespace Vector20.Machine.Platform.Serial;

/// <summary>Which interrupt a 16550 asks for, by priority.</summary>
[Manual("PC16550D", "8.5", "Interrupt Identification Register")]
internal static class UartInterrupts
{
    /// <summary>The bit of the interrupt enable register for an empty transmitter.</summary>
    public const byte TransmitterEnable = 2;

    /// <summary>The identification of an empty transmitter.</summary>
    public const byte TransmitterEmpty = 2;

    private const byte None = 1, LineStatus = 6, DataAvailable = 4, CharacterTimeout = 0xC, ModemStatus = 0, FifosEnabled = 0xC0;
    private const byte DataEnable = 1, LineStatusEnable = 4, ModemStatusEnable = 8;
    private const byte Out2 = 8, Loopback = 0x10;

    /// <summary>DCD, DSR and CTS: the other side is there and ready.</summary>
    private const byte Connected = 0xB0;

    /// <summary>The interrupt identification register.</summary>
    public static byte Identify(in UartState state)
    {
        byte fifos = state.FifosEnabled ? FifosEnabled : (byte)0;
        return (byte)(Highest(state) | fifos);
    }

    /// <summary>Whether the interrupt line is asserted: OUT2 connects it.</summary>
    public static bool IsAsserted(in UartState state) => Highest(state) != None && (state.ModemControl & Out2) != 0;

    /// <summary>Whether received data interrupts.</summary>
    public static bool WantsData(in UartState state) => (state.InterruptEnable & DataEnable) != 0;

    /// <summary>Bits 7:4 of the modem status register: in loopback RTS, DTR, OUT1 and OUT2 come back as CTS, DSR, RI and DCD.</summary>
    public static byte ModemInputs(in UartState state)
    {
        int outputs = state.ModemControl;
        if ((outputs & Loopback) == 0) return Connected;
        return (byte)((outputs >> 1 & 1) << 4 | (outputs & 1) << 5 | (outputs & 0xC) << 4);
    }

    /// <summary>Fewer bytes than the trigger level wait no longer than a moment: their time-out is at once.</summary>
    private static byte Highest(in UartState state)
    {
        int enabled = state.InterruptEnable;
        if ((enabled & LineStatusEnable) != 0 && state.Overrun) return LineStatus;
        if ((enabled & DataEnable) != 0 && state.Count != 0) return state.Count >= state.TriggerLevel ? DataAvailable : CharacterTimeout;
        if ((enabled & TransmitterEnable) != 0 && state.TransmitterInterrupt) return TransmitterEmpty;
        return (enabled & ModemStatusEnable) != 0 && state.ModemChanges != 0 ? ModemStatus : None;
    }
}
