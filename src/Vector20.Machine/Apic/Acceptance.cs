namespace Vector20.Machine.Apic;

/// <summary>What a local APIC does with an interrupt that reaches it.</summary>
public enum Reception : byte
{
    /// <summary>The vector's IRR bit is set.</summary>
    Request,

    /// <summary>It goes straight to the processor: NMI, SMI, INIT, SIPI, ExtINT.</summary>
    PassToProcessor,

    /// <summary>'Receive illegal vector' is set in the ESR, and nothing is delivered.</summary>
    IllegalVector,

    /// <summary>Nothing: the delivery mode is reserved.</summary>
    Ignore,
}

/// <summary>The decisions about vectors, pure: all their input is in their parameters.</summary>
public static class Acceptance
{
    /// <summary>The vectors below are illegal in messages and local interrupts: 240 of 256 are left.</summary>
    public const int FirstLegalVector = 16;

    /// <summary>May the APIC accept this?</summary>
    [Manual("3A", "11.5.2", "Valid Interrupt Vectors")]
    public static Reception Receive(DeliveryMode mode, byte vector, HardwareFaults faults = HardwareFaults.None) => mode switch
    {
        DeliveryMode.Fixed or DeliveryMode.LowestPriority => IsIllegal(vector, faults) ? Reception.IllegalVector : Reception.Request,
        DeliveryMode.Reserved => Reception.Ignore,
        _ => Reception.PassToProcessor,
    };

    /// <summary>Which error a command written to the ICR or the SELF IPI register is, if any.</summary>
    [Manual("3A", "11.5.3", "Error Handling")]
    public static ErrorStatus Send(DeliveryMode mode, byte vector, bool sendsLowestPriority, HardwareFaults faults = HardwareFaults.None)
    {
        if (mode == DeliveryMode.LowestPriority && !sendsLowestPriority) return ErrorStatus.RedirectableIpi;
        bool hasVector = mode is DeliveryMode.Fixed or DeliveryMode.LowestPriority;
        return hasVector && IsIllegal(vector, faults) ? ErrorStatus.SendIllegalVector : ErrorStatus.None;
    }

    private static bool IsIllegal(byte vector, HardwareFaults faults)
    {
        if (vector < FirstLegalVector) return (faults & HardwareFaults.ApicAcceptsIllegalVectors) == 0;
        return vector < 32 && (faults & HardwareFaults.ApicRejectsReservedVectors) != 0;
    }
}
