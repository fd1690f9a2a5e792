namespace Vector20.Machine.Apic;

/// <summary>What differs from one processor model to another: each choice by name.</summary>
public sealed record ApicOptions
{
    /// <summary>Whether there is an x2APIC mode.</summary>
    public bool X2Apic { get; init; } = true;

    /// <summary>Whether the timer has the TSC-deadline mode.</summary>
    public bool TscDeadline { get; init; } = true;

    /// <summary>Whether lowest-priority IPIs can be sent. Where not, sending one sets 'redirectable IPI' in the ESR and nothing else.</summary>
    [Manual("3A", "11.5.3", "Error Handling")]
    public bool SendsLowestPriority { get; init; } = true;

    /// <summary>
    /// Whether writing an LVT entry with fixed delivery and vector 0-15 signals 'receive illegal vector' at once, masked or not. The
    /// manual says that a processor may.
    /// </summary>
    [Manual("3A", "11.5.2", "Valid Interrupt Vectors")]
    public bool LvtWriteSignalsIllegalVector { get; init; } = true;

    /// <summary>Whether lowest-priority delivery prefers the processor that already has the interrupt in service or requested.</summary>
    [Manual("3A", "11.6.2.4", "Lowest Priority Delivery Mode")]
    public bool FocusProcessor { get; init; }

    /// <summary>Clock ticks between two counts of the timer while it divides by 1.</summary>
    public uint TimerTicks { get; init; } = 1;

    /// <summary>Width of physical addresses, for IA32_APIC_BASE.</summary>
    public int PhysicalAddressBits { get; init; } = 46;
}
