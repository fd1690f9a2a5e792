namespace Vector20.Machine.Apic;

/// <summary>The errors that the error status register reports. Bits 0-3 belong to processors with an APIC bus.</summary>
[Manual("3A", "11.5.3", "Error Handling")]
[Flags]
public enum ErrorStatus : uint
{
    /// <summary>No error.</summary>
    None = 0,

    /// <summary>A lowest-priority IPI was sent where the processor does not support sending one.</summary>
    RedirectableIpi = 1 << 4,

    /// <summary>The ICR or SELF IPI register was written with vector 0-15.</summary>
    SendIllegalVector = 1 << 5,

    /// <summary>A message, a local interrupt or a self IPI came in with vector 0-15.</summary>
    ReceiveIllegalVector = 1 << 6,

    /// <summary>A reserved address of the register page was accessed.</summary>
    IllegalRegisterAddress = 1 << 7,
}
