using Vector20.Machine.Memory.Paging;

namespace Vector20.Machine.Vmx.Ept;

/// <summary>What an access does, in the positions of the exit qualification.</summary>
[Flags]
public enum EptAccessKind : byte
{
    /// <summary>Bit 0: a data read.</summary>
    Read = 1,

    /// <summary>Bit 1: a data write.</summary>
    Write = 2,

    /// <summary>Bit 2: an instruction fetch.</summary>
    Fetch = 4,
}

/// <summary>One access by guest-physical address.</summary>
/// <param name="Kind">What it does. A read-modify-write reads and writes.</param>
/// <param name="Origin">How the guest-physical address came about.</param>
/// <param name="Linear">The linear address that was being translated, if one was.</param>
/// <param name="Rights">What the guest's paging says of that linear address; of use only for its own translation.</param>
internal readonly record struct EptAccess(EptAccessKind Kind, EptAccessOrigin Origin, ulong Linear, PageRights Rights);

/// <summary>How a guest-physical address came about.</summary>
internal enum EptAccessOrigin : byte
{
    /// <summary>It is the translation of a linear address.</summary>
    Translation,

    /// <summary>It is that of a guest paging-structure entry, used or updated for a linear address.</summary>
    PageWalk,

    /// <summary>It is that of a PDPTE that an instruction loads: there is no linear address.</summary>
    PdpteLoad,
}
