namespace Vector20.Machine.Apic;

/// <summary>How an interrupt message acts on who receives it: bits 10:8 of the ICR, of LVT entries and of I/O APIC redirection entries.</summary>
[Manual("3A", "11.6.1", "Interrupt Command Register (ICR)")]
[Manual("3A", "11.5.1", "Local Vector Table")]
public enum DeliveryMode : byte
{
    /// <summary>An interrupt with the vector given.</summary>
    Fixed = 0,

    /// <summary>As fixed, but to the one of the destinations that runs at the lowest priority.</summary>
    LowestPriority = 1,

    /// <summary>System management interrupt.</summary>
    Smi = 2,

    /// <summary>Reserved.</summary>
    Reserved = 3,

    /// <summary>Non-maskable interrupt; the vector is ignored.</summary>
    Nmi = 4,

    /// <summary>INIT.</summary>
    Init = 5,

    /// <summary>Start-up IPI, in the ICR only.</summary>
    StartUp = 6,

    /// <summary>The 8259 gives the vector. Reserved in the ICR.</summary>
    ExtInt = 7,
}

/// <summary>Bits 19:18 of the ICR.</summary>
[Manual("3A", "11.6.1", "Interrupt Command Register (ICR)")]
public enum DestinationShorthand : byte
{
    /// <summary>The destination field decides.</summary>
    None = 0,

    /// <summary>The sender alone.</summary>
    Self = 1,

    /// <summary>Every local APIC.</summary>
    AllIncludingSelf = 2,

    /// <summary>Every local APIC but the sender.</summary>
    AllExcludingSelf = 3,
}
