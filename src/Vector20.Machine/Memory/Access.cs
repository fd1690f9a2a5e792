using Vector20.Machine.Processors;

namespace Vector20.Machine.Memory;

/// <summary>What an access to memory does.</summary>
public enum AccessKind : byte
{
    /// <summary>A data read.</summary>
    Read,

    /// <summary>A data write, or the read of a read-modify-write.</summary>
    Write,

    /// <summary>An instruction fetch.</summary>
    Execute,
}

/// <summary>With whose rights an access is made (SDM 3A 4.6.1, Determination of Access Mode).</summary>
public enum AccessMode : byte
{
    /// <summary>A user-mode access: CPL is 3 and the access is explicit.</summary>
    User,

    /// <summary>A supervisor-mode access to which SMAP applies: implicit, or EFLAGS.AC is 0.</summary>
    Supervisor,

    /// <summary>An explicit supervisor-mode access while EFLAGS.AC is 1.</summary>
    SupervisorOverride,

    /// <summary>A user-mode access while alignment is checked. <see cref="SlowAccess"/> checks it and goes on as <see cref="User"/>.</summary>
    UserAligned,
}

/// <summary>One access to a linear address.</summary>
/// <param name="Kind">Read, write (also the read of a read-modify-write) or fetch.</param>
/// <param name="Mode">With whose rights.</param>
/// <param name="Segment">The segment it was made through: a non-canonical address raises #SS through SS, #GP through the others.</param>
/// <param name="ReadsToo">A write that is the read of a read-modify-write: EPT violations tell.</param>
internal readonly record struct Access(AccessKind Kind, AccessMode Mode, SegmentName Segment = SegmentName.Ds, bool ReadsToo = false);
