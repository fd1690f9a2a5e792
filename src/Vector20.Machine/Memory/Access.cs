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
/// <remarks>One word, so that it travels in a register.</remarks>
internal readonly record struct Access(AccessKind Kind, AccessMode Mode, SegmentName Segment = SegmentName.Ds, bool ReadsToo = false)
{
    private const int ModeAt = 8, SegmentAt = 16, ReadsTooAt = 24;

    private readonly uint _word = (uint)Kind | (uint)Mode << ModeAt | (uint)Segment << SegmentAt | (ReadsToo ? 1u : 0) << ReadsTooAt;

    /// <summary>Read, write (also the read of a read-modify-write) or fetch.</summary>
    public AccessKind Kind => (AccessKind)(byte)_word;

    /// <summary>With whose rights.</summary>
    public AccessMode Mode { get => (AccessMode)(byte)(_word >> ModeAt); init => _word = _word & ~((uint)byte.MaxValue << ModeAt) | (uint)value << ModeAt; }

    /// <summary>The segment it was made through.</summary>
    public SegmentName Segment => (SegmentName)(byte)(_word >> SegmentAt);

    /// <summary>A write that is the read of a read-modify-write.</summary>
    public bool ReadsToo => _word >> ReadsTooAt != 0;
}
