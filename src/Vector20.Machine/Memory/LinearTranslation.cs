using System.Runtime.CompilerServices;
using Vector20.Machine.Memory.Paging;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Memory;

/// <summary>Linear address to physical address: paging, then EPT in non-root operation; fills the software TLB on the way.</summary>
internal static class LinearTranslation
{
    /// <summary>
    /// Translates one access inside one page, with every check, and sets accessed and dirty flags. False when it faults
    /// (#PF or #VE is raised) or exits (EPT violation or misconfiguration is recorded).
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Translate(Processor p, LinearAddress linear, Access access, out PhysicalAddress physical)
    {
        physical = default;
        PagingControls controls = PagingControls.Of(p);
        Translation page;
        if (controls.Mode == PagingMode.None) page = Translation.WithoutPaging(linear.Value);
        else if (!ByPaging(p, linear.Value, access, controls, out page)) return false;
        if (AssistedAccess.Routes(p, page.GuestPhysical, access.Kind, out physical)) return true;
        var mapping = new EptMapping(page.GuestPhysical, true);
        if (EptTranslation.InUse(p) && !EptTranslation.Translate(p, page.GuestPhysical, OfTranslation(page, access), out mapping)) return false;
        if (ApicAccess.Covers(p, mapping.Physical)) return ApicAccess.Translate(p, mapping.Physical, access.Kind, out physical);
        physical = new PhysicalAddress(mapping.Physical);
        if (access.Kind != AccessKind.Execute) TlbFill.Add(p, page with { Writable = page.Writable && mapping.Writable }, access, mapping.Physical);
        return true;
    }

    /// <summary>Linear to guest-physical address: walk, rights, accessed and dirty flags.</summary>
    private static bool ByPaging(Processor p, ulong linear, Access access, in PagingControls controls, out Translation page)
    {
        Unsafe.SkipInit(out page);
        WalkEnd end = PageWalk.Run(p, linear, controls, out PageWalk walk);
        if (end != WalkEnd.Mapped)
        {
            if (end == WalkEnd.Exited) return false;
            PageFaultCode code = end == WalkEnd.Reserved ? PageFaultCode.Present | PageFaultCode.Reserved : PageFaultCode.None;
            return PageFaults.Raise(p, linear, code | PageFaults.OfAccess(access.Kind, access.Mode, controls));
        }

        PageRights rights = PageRights.Of(walk.All, walk.Any, walk.Leaf);
        if (!rights.Allow(access.Kind, access.Mode, controls))
            return PageFaults.Raise(p, linear, PageFaults.OfRights(rights, access.Kind, access.Mode, controls));
        bool write = access.Kind == AccessKind.Write;
        if (!GuestEntries.SetAccessedAndDirty(p, walk, write, controls.Mode != PagingMode.Bits32, linear)) return false;
        bool writable = write || (walk.Leaf & PagingEntry.Dirty) != 0 && rights.Allow(AccessKind.Write, access.Mode, controls);
        page = new Translation(linear, walk.GuestPhysical, writable, rights);
        return true;
    }

    private static EptAccess OfTranslation(in Translation page, Access access)
    {
        EptAccessKind kind = access.Kind switch
        {
            AccessKind.Read => EptAccessKind.Read,
            AccessKind.Execute => EptAccessKind.Fetch,
            _ => access.ReadsToo ? EptAccessKind.Read | EptAccessKind.Write : EptAccessKind.Write,
        };
        return new EptAccess(kind, EptAccessOrigin.Translation, page.Linear, page.Rights);
    }
}

/// <summary>What paging made of a linear address.</summary>
/// <param name="Linear">The linear address.</param>
/// <param name="GuestPhysical">The guest-physical address.</param>
/// <param name="Writable">Whether a write with the same rights needs neither check nor dirty flag.</param>
/// <param name="Rights">What the entries allow.</param>
internal readonly record struct Translation(ulong Linear, ulong GuestPhysical, bool Writable, PageRights Rights)
{
    /// <summary>With CR0.PG = 0 every linear address is a user-mode address, writable and executable, for whoever asks.</summary>
    [Manual("3C", "28.2.1", "Basic VM-Exit Information")]
    public static Translation WithoutPaging(ulong linear) => new(linear, linear, true, new PageRights(true, true, false, 0));
}
