using Vector20.Machine.Memory;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx.Ept;

/// <summary>
/// What INVEPT and INVVPID do. The software TLB keeps translations of one guest's context only, so whatever is to be invalidated, all of
/// it is forgotten, which the manual allows.
/// </summary>
[Manual("3C", "29.4.3.1", "Operations that Invalidate Cached Mappings")]
internal static class TranslationInvalidation
{
    /// <summary>INVEPT. False when type or descriptor is invalid: the instruction is to VMfail, and nothing is invalidated.</summary>
    /// <param name="p">The processor.</param>
    /// <param name="type">1: single-context; 2: all-context.</param>
    /// <param name="pointer">Bytes 7:0 of the descriptor.</param>
    /// <param name="reserved">Bytes 15:8 of the descriptor: must be 0.</param>
    [Manual("3C", "31.3", "INVEPT - Invalidate Translations Derived from EPT")]
    public static bool Invept(Processor p, ulong type, EptPointer pointer, ulong reserved)
    {
        bool valid = reserved == 0 && type switch
        {
            1 => pointer.IsValid(p.Model.PhysicalAddressBits, p.Model.EptCapabilities),
            2 => true,
            _ => false,
        };
        if (valid) Forget(p);
        return valid;
    }

    /// <summary>INVVPID. False when type or descriptor is invalid.</summary>
    /// <param name="p">The processor.</param>
    /// <param name="type">0: individual address; 1: single-context; 2: all-context; 3: single-context, retaining globals.</param>
    /// <param name="vpid">Bytes 7:0 of the descriptor: the VPID in bits 15:0, the others must be 0.</param>
    /// <param name="linear">Bytes 15:8 of the descriptor.</param>
    [Manual("3C", "31.3", "INVVPID - Invalidate Translations Based on VPID")]
    public static bool Invvpid(Processor p, ulong type, ulong vpid, ulong linear)
    {
        bool valid = vpid <= ushort.MaxValue && type switch
        {
            0 => vpid != 0 && Canonical.Is(p, linear),
            1 or 3 => vpid != 0,
            2 => true,
            _ => false,
        };
        if (valid) Forget(p);
        return valid;
    }

    /// <summary>Forgets what was cached for guests. For a host in machine code it is what is set aside while the host runs.</summary>
    private static void Forget(Processor p)
    {
        if (p.Vmx.On) p.ForgetSetAside();
        else p.FlushTlb();
    }
}
