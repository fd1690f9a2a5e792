using System.Runtime.InteropServices;
using Vector20.Machine.Events;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Memory;

/// <summary>The page-directory-pointer-table entries that PAE paging keeps in registers.</summary>
[Manual("3A", "4.4.1", "PDPTE Registers")]
internal static class PaePdptes
{
    private const ulong Present = 1, AlwaysReserved = 6 | 0xFul << 5;

    /// <summary>Loads the four from the table that a CR3 value locates. #GP(0) if a present one has a reserved bit set; none is loaded then. Under EPT it is a guest-physical address.</summary>
    public static bool Load(Processor p, ulong cr3)
    {
        Span<ulong> loaded = stackalloc ulong[4];
        var mapping = new EptMapping(cr3 & 0xFFFF_FFE0, false);
        var access = new EptAccess(EptAccessKind.Read, EptAccessOrigin.PdpteLoad, 0, default);
        if (EptTranslation.InUse(p) && !EptTranslation.Translate(p, mapping.Physical, access, out mapping)) return false;
        PhysicalAccess.Read(p, new PhysicalAddress(mapping.Physical), MemoryMarshal.AsBytes(loaded));
        foreach (ulong entry in loaded)
            if (!IsValid(entry, p.Model.PhysicalAddressBits)) return p.Refuse(ExceptionVector.GeneralProtection, 0);
        loaded.CopyTo(p.PaePdptes);
        return true;
    }

    /// <summary>Whether an entry is not present or has no reserved bit set: 2:1, 8:5 and those beyond the physical-address width.</summary>
    public static bool IsValid(ulong entry, int physicalAddressBits) =>
        (entry & Present) == 0 || (entry & AlwaysReserved) == 0 && entry >> physicalAddressBits == 0;
}
