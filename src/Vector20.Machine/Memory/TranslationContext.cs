using Vector20.Machine.Memory.Paging;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Memory;

/// <summary>
/// Everything besides the paging structures that translations in the software TLB were made with. The silicon looks at most of it
/// anew at each access; here a difference means that they must be forgotten.
/// </summary>
/// <param name="Controls">CR0, CR4, EFER and PKRU.</param>
/// <param name="Root">CR3.</param>
/// <param name="EptPointer">EPTP, 0 without EPT.</param>
/// <param name="Vpid">The VPID, 0 in root operation.</param>
/// <param name="ModeBasedExecute">Mode-based execute control.</param>
/// <param name="ApicAccess">The APIC-access address, all ones if APIC accesses are not virtualized.</param>
/// <param name="Breakpoints">DR7's enable bits.</param>
/// <param name="Watched">DR0 to DR3, of which each page counts.</param>
[Manual("3C", "29.4.2", "Creating and Using Cached Translation Information")]
internal readonly record struct TranslationContext(
    PagingControls Controls, ulong Root, ulong EptPointer, ushort Vpid, bool ModeBasedExecute, ulong ApicAccess, ulong Breakpoints,
    (ulong, ulong, ulong, ulong) Watched)
{
    /// <summary>The context of a processor now.</summary>
    public static TranslationContext Of(Processor p)
    {
        Vmcs vmcs = p.Vmx.Vmcs;
        ulong[] watched = p.DebugAddresses;
        return new TranslationContext(
            PagingControls.Of(p),
            p.ControlRegister3,
            p.Vmx.Has(SecondaryControls.EnableEpt) ? vmcs[VmcsField.EptPointer] : 0,
            p.Vmx.Has(SecondaryControls.EnableVpid) ? (ushort)vmcs[VmcsField.Vpid] : (ushort)0,
            p.Vmx.Has(SecondaryControls.ModeBasedExecuteControl),
            p.Vmx.Has(SecondaryControls.VirtualizeApicAccesses) ? vmcs[VmcsField.ApicAccessAddress] : ulong.MaxValue,
            p.DebugControl & Dr7.EnableMask,
            (watched[0], watched[1], watched[2], watched[3]));
    }

    /// <summary>
    /// Whether translations made in the other context hold in this one: both of the same VPID, which is not 0. PAE paging has
    /// roots of its own, so it is left out.
    /// </summary>
    public bool Keeps(in TranslationContext other) => Vpid != 0 && Controls.Mode != PagingMode.Pae && this == other;
}
