using Vector20.Machine.Events;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Memory.Paging;

/// <summary>The bits of the error code of #PF.</summary>
[Flags]
[Manual("3A", "4.7", "Page-Fault Exceptions")]
internal enum PageFaultCode : uint
{
    /// <summary>A read by a supervisor of a page that is not present.</summary>
    None = 0,

    /// <summary>P: every entry was present.</summary>
    Present = 1 << 0,

    /// <summary>W/R: a write.</summary>
    Write = 1 << 1,

    /// <summary>U/S: a user-mode access.</summary>
    User = 1 << 2,

    /// <summary>RSVD: a reserved bit was set in an entry.</summary>
    Reserved = 1 << 3,

    /// <summary>I/D: an instruction fetch.</summary>
    Fetch = 1 << 4,

    /// <summary>PK: a protection key forbids the access.</summary>
    ProtectionKey = 1 << 5,
}

/// <summary>Page faults.</summary>
[Manual("3A", "4.7", "Page-Fault Exceptions")]
internal static class PageFaults
{
    /// <summary>The bits that describe the access, whatever the cause. I/D is reported only where something can forbid a fetch alone.</summary>
    public static PageFaultCode OfAccess(AccessKind kind, AccessMode mode, in PagingControls controls) =>
        (kind == AccessKind.Write ? PageFaultCode.Write : 0)
        | (mode == AccessMode.User ? PageFaultCode.User : 0)
        | (kind == AccessKind.Execute && (controls.Smep || controls.ExecuteDisable) ? PageFaultCode.Fetch : 0);

    /// <summary>The error code of an access that the rights forbid. PK is set whenever the key forbids it, whatever else does.</summary>
    public static PageFaultCode OfRights(in PageRights rights, AccessKind kind, AccessMode mode, in PagingControls controls) =>
        OfAccess(kind, mode, controls) | PageFaultCode.Present | (rights.KeyForbids(kind, mode, controls) ? PageFaultCode.ProtectionKey : 0);

    /// <summary>Raises #PF. Always false.</summary>
    public static bool Raise(Processor p, ulong linear, PageFaultCode code)
    {
        p.Raise(Event.Exception(ExceptionVector.PageFault, (uint)code) with { Payload = linear });
        return false;
    }
}
