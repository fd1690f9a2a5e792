using Vector20.Machine.Events;
using Vector20.Machine.Memory;

namespace Vector20.Machine.Processors.Segmentation;

/// <summary>
/// A stack that a far call or an event delivery pushes on before anything is committed: the current one, or the one that a
/// change of privilege brings. <see cref="Commit"/> makes it the processor's.
/// </summary>
/// <param name="segment">The stack segment.</param>
/// <param name="pointer">The stack pointer.</param>
/// <param name="mask">Width of the stack pointer.</param>
/// <param name="privilege">The privilege level that the pushes are made at.</param>
/// <param name="errorCode">The error code of a #SS by a push.</param>
internal struct TransferStack(SegmentRegister segment, ulong pointer, ulong mask, int privilege, uint errorCode)
{
    /// <summary>The stack pointer after the pushes so far.</summary>
    public ulong Pointer { get; private set; } = pointer & mask;

    /// <summary>The stack segment.</summary>
    public readonly SegmentRegister Segment => segment;

    /// <summary>The current stack. <paramref name="external"/> is EXT, the error code of a #SS.</summary>
    public TransferStack(Processor p, uint external = 0)
        : this(p.Segment(SegmentName.Ss), p.Registers.At<ulong>(Register.Rsp), p.StackMask, p.Cpl, external)
    {
    }

    /// <summary>Pushes the low 2, 4 or 8 bytes of a value. #SS if the stack has no room; #PF as it comes.</summary>
    public bool Push(Processor p, ulong value, int size)
    {
        ulong top = Pointer - (uint)size & mask;
        if (!IsInside(p, top, size)) return p.Refuse(ExceptionVector.StackFault, errorCode);
        ulong linear = mask == ulong.MaxValue ? top : segment.Base + top & uint.MaxValue;
        AccessMode mode = ModeFor(p, privilege);
        bool written = size switch
        {
            2 => p.WriteLinear(linear, mode, (ushort)value, SegmentName.Ss),
            4 => p.WriteLinear(linear, mode, (uint)value, SegmentName.Ss),
            _ => p.WriteLinear(linear, mode, value, SegmentName.Ss),
        };
        if (written) Pointer = top;
        return written;
    }

    /// <summary>Makes it the processor's stack: SS if it is another, and RSP. CPL has been set.</summary>
    public readonly void Commit(Processor p)
    {
        if (segment != p.Segment(SegmentName.Ss)) p.SetSegment(SegmentName.Ss, segment);
        if (mask == ulong.MaxValue) p.Registers.At<ulong>(Register.Rsp) = Pointer;
        else if (mask == uint.MaxValue) p.Registers.At<ulong>(Register.Rsp) = (uint)Pointer;
        else p.Registers.At<ushort>(Register.Rsp) = (ushort)Pointer;
    }

    /// <summary>With whose rights an explicit access at a privilege level is made.</summary>
    [Manual("3A", "4.6.1", "Determination of Access Rights")]
    public static AccessMode ModeFor(Processor p, int privilege) =>
        privilege == p.Cpl ? p.DataMode
        : (p.SystemFlags & Eflags.AC) != 0 ? AccessMode.SupervisorOverride : AccessMode.Supervisor;

    private readonly bool IsInside(Processor p, ulong offset, int size)
    {
        if (mask == ulong.MaxValue) return Canonical.Is(p, offset) && Canonical.Is(p, offset + (uint)size - 1);
        return !segment.Unusable && Processor.InLimit(segment, offset, size);
    }
}
