namespace Vector20.Machine.Images.Guests;

/// <summary>The processor mode that a guest's code starts in.</summary>
public enum GuestMode
{
    /// <summary>Real-address mode, 16-bit code.</summary>
    Real,

    /// <summary>Virtual-8086 mode under 32-bit handlers at CPL 0.</summary>
    Virtual8086,

    /// <summary>Protected mode, 16-bit code, 32-bit gates.</summary>
    Protected16,

    /// <summary>Protected mode, 32-bit code.</summary>
    Protected,

    /// <summary>Compatibility mode: 32-bit code under a 64-bit system.</summary>
    Compatibility,

    /// <summary>64-bit mode.</summary>
    Long,
}

/// <summary>The paging that a guest starts with: every linear address below 4 GiB is its own physical address.</summary>
public enum GuestPaging
{
    /// <summary>None where the mode allows that, 4-level paging in IA-32e mode.</summary>
    Default,

    /// <summary>32-bit paging.</summary>
    Bits32,

    /// <summary>PAE paging.</summary>
    Pae,

    /// <summary>4-level paging.</summary>
    FourLevel,

    /// <summary>5-level paging.</summary>
    FiveLevel,
}

/// <summary>How a handler ends after it has written its record.</summary>
/// <param name="Halts">Whether it halts for good.</param>
/// <param name="Skip">Otherwise, how many bytes it adds to the return address before it returns.</param>
public readonly record struct HandlerEnd(bool Halts, byte Skip)
{
    /// <summary>It halts the processor for good.</summary>
    public static HandlerEnd Halt => new(true, 0);

    /// <summary>It returns to where the event came from.</summary>
    public static HandlerEnd Return => new(false, 0);

    /// <summary>It returns behind an instruction of a known length, which faulted.</summary>
    public static HandlerEnd SkipInstruction(int length) => new(false, checked((byte)length));
}

/// <summary>A gate of the interrupt descriptor table, where it differs from the usual one.</summary>
public readonly record struct GuestGate()
{
    /// <summary>The gate type: 14 and 15 are the 32- and 64-bit interrupt and trap gates, 6 and 7 the 16-bit ones, 5 the task gate.</summary>
    public byte Type { get; init; } = 14;

    /// <summary>The DPL. Every gate is open to software interrupts of CPL 3 unless told otherwise.</summary>
    public byte Dpl { get; init; } = 3;

    /// <summary>P.</summary>
    public bool Present { get; init; } = true;

    /// <summary>The interrupt stack table entry, 1-7, or 0 for none.</summary>
    public byte Ist { get; init; }

    /// <summary>The code segment or task selector, if not the handlers' own.</summary>
    public ushort? Selector { get; init; }

    /// <summary>The handler's offset, if not the usual one.</summary>
    public ulong? Offset { get; init; }
}
