using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>Bits of CR0 and CR4 that cannot change in VMX operation: MOV to CR that tries is #GP(0), once no exit has taken it.</summary>
[Manual("3C", "24.8", "Restrictions on VMX Operation")]
[Manual("3C", "26.3", "Changes to Instruction Behavior in VMX Non-Root Operation")]
internal static class FixedBits
{
    /// <summary>Whether CR0 may have a value now. An unrestricted guest may clear PE and PG.</summary>
    public static bool AllowCr0(Processor p, ulong value) => !p.Vmx.InOperation || SupportCr0(value, p.Vmx.Has(SecondaryControls.UnrestrictedGuest));

    /// <summary>Whether CR4 may have a value now.</summary>
    public static bool AllowCr4(Processor p, ulong value) => !p.Vmx.InOperation || SupportCr4(value);

    /// <summary>Whether VMX operation supports a value of CR0, whose undefined bits are 0.</summary>
    public static bool SupportCr0(ulong value, bool unrestricted)
    {
        ulong mustBeOne = unrestricted ? VmxCapabilities.Cr0Fixed0 & ~(Cr0.PE | Cr0.PG) : VmxCapabilities.Cr0Fixed0;
        return (value & mustBeOne) == mustBeOne;
    }

    /// <summary>Whether VMX operation supports a value of CR4, whose undefined bits are 0.</summary>
    public static bool SupportCr4(ulong value) => (value & VmxCapabilities.Cr4Fixed0) == VmxCapabilities.Cr4Fixed0;
}
