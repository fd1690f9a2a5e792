namespace Vector20.Machine;

/// <summary>
/// Deliberate deviations of the silicon from the manual, by name: the negative controls of the claims. None is on
/// unless asked for. The command line's names are these in kebab case (<c>ve-ignores-suppress</c>).
/// </summary>
[Flags]
public enum HardwareFaults
{
    /// <summary>The processor follows the manual.</summary>
    None = 0,

    /// <summary>An EPT violation is convertible although bit 63 of the deciding entry is 1.</summary>
    VeIgnoresSuppress = 1 << 0,

    /// <summary>As <see cref="VeIgnoresSuppress"/>, but only while the EPT accessed and dirty flags are off.</summary>
    VeWhenAdOff = 1 << 1,

    /// <summary>INT n with n below 32 is looked up in the exception bitmap.</summary>
    BitmapSeesIntN = 1 << 2,

    /// <summary>An external interrupt with a vector below 32 is looked up in the exception bitmap.</summary>
    BitmapSeesIpi = 1 << 3,

    /// <summary>An IPI with vector 20 is raised as a hardware exception, #VE.</summary>
    Ipi20AsException = 1 << 4,

    /// <summary>The local APIC accepts and delivers vectors 0-15 and sets no error bit.</summary>
    ApicAcceptsIllegalVectors = 1 << 5,

    /// <summary>The local APIC treats vectors 16-31 as illegal.</summary>
    ApicRejectsReservedVectors = 1 << 6,

    /// <summary>A convertible EPT violation becomes #VE although the information area is busy (offset 4 not 0).</summary>
    VeIgnoresBusy = 1 << 7,

    /// <summary>A convertible EPT violation becomes #VE although an event is being delivered.</summary>
    VeDuringDelivery = 1 << 8,
}
