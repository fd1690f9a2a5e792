using Vector20.Machine.Memory.Paging;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Memory;

/// <summary>Linear address to physical address: paging, then EPT in non-root operation; fills the software TLB on the way.</summary>
internal static class LinearTranslation
{
    /// <summary>
    /// Translates one access inside one page, with every check, and sets accessed and dirty flags. False when it faults
    /// (#PF or #VE is raised) or exits (EPT violation or misconfiguration is recorded).
    /// </summary>
    public static bool Translate(Processor p, LinearAddress linear, Access access, out PhysicalAddress physical)
    {
        physical = default;
        PagingControls controls = PagingControls.Of(p);
        var page = new Translation(linear.Value, linear.Value, 12, true);
        if (controls.Mode != PagingMode.None && !ByPaging(p, linear.Value, access, controls, out page)) return false;
        physical = new PhysicalAddress(page.GuestPhysical);
        if (access.Kind != AccessKind.Execute) TlbFill.Add(p, page, access, physical.Value);
        return true;
    }

    /// <summary>Linear to guest-physical address: walk, rights, accessed and dirty flags.</summary>
    private static bool ByPaging(Processor p, ulong linear, Access access, in PagingControls controls, out Translation page)
    {
        page = default;
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
        page = new Translation(linear, walk.GuestPhysical, walk.PageShift, writable);
        return true;
    }
}

/// <summary>What paging made of a linear address.</summary>
/// <param name="Linear">The linear address.</param>
/// <param name="GuestPhysical">The guest-physical address.</param>
/// <param name="PageShift">Base-2 logarithm of the page's size.</param>
/// <param name="Writable">Whether a write with the same rights needs neither check nor dirty flag.</param>
internal readonly record struct Translation(ulong Linear, ulong GuestPhysical, int PageShift, bool Writable);
