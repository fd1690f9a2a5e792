using Vector20.Machine;

namespace Vector20.Proving.Questions;

#pragma warning disable CS1591 // The names are the command line's, and the manual's.

/// <summary>Delivery modes of the interrupt command register.</summary>
[Manual("3A", "11.6.1", "Interrupt Command Register (ICR)")]
public enum IpiMode
{
    Fixed, Lowest, Smi, Nmi, Init, Sipi, Extint,
}

/// <summary>Whom an IPI is for.</summary>
public enum IpiAudience
{
    Self, All, Others, Id,
}

/// <summary>Whom an IPI is for.</summary>
/// <param name="Audience">A shorthand, or one processor.</param>
/// <param name="Id">The APIC ID when it is one processor.</param>
public readonly record struct IpiTarget(IpiAudience Audience, uint Id = 0);

/// <summary>Instructions that raise an event by being executed.</summary>
[Manual("3A", "6.4.2", "Software-Generated Exceptions")]
public enum EventInstruction
{
    Int1, Int3, Into, Bound, Ud0, Ud1, Ud2,
}

/// <summary>Entries of the local vector table.</summary>
[Manual("3A", "11.5.1", "Local Vector Table")]
public enum LvtEntry
{
    Timer, Thermal, Perf, Lint0, Lint1, Error, Cmci,
}

/// <summary>Delivery modes of the local vector table.</summary>
[Manual("3A", "11.5.1", "Local Vector Table")]
public enum LvtMode
{
    Fixed, Smi, Nmi, Init, Extint,
}

#pragma warning restore CS1591

/// <summary>The state of the EPT entry that the guest touches.</summary>
public enum TouchedEntry
{
    /// <summary>RAM that was never touched.</summary>
    NotPresent,

    /// <summary>No slot: an MMIO entry is there already.</summary>
    Mmio,

    /// <summary>A read-only slot.</summary>
    ReadOnly,

    /// <summary>Write without read: no entry of the hypervisor's.</summary>
    Misconfigured,

    /// <summary>RAM, mapped by a 4-KiB page.</summary>
    Mapped,

    /// <summary>RAM, mapped by a 2-MiB page.</summary>
    Large,

    /// <summary>RAM whose first write dirty logging waits for.</summary>
    WriteProtected,

    /// <summary>RAM whose permissions were taken away to see whether it is used.</summary>
    AccessTracked,

    /// <summary>An atomic zap by another thread has begun and not ended.</summary>
    Frozen,

    /// <summary>One piece of a large page that was split.</summary>
    Split,

    /// <summary>RAM that was mapped and then atomically zapped.</summary>
    Zapped,
}

/// <summary>How the guest touches it.</summary>
public enum TouchAccess
{
    /// <summary>A data read.</summary>
    Read,

    /// <summary>A data write.</summary>
    Write,

    /// <summary>An instruction fetch.</summary>
    Fetch,

    /// <summary>The page holds a guest page table: the processor reads it for a translation.</summary>
    PageWalk,

    /// <summary>The page holds the stack that an event's delivery pushes on.</summary>
    EventStack,

    /// <summary>The page holds the interrupt table that an event's delivery reads.</summary>
    EventIdt,

    /// <summary>The page holds the descriptor table that the gate's selector points into.</summary>
    EventGdt,
}
