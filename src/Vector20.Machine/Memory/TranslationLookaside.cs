namespace Vector20.Machine.Memory;

/// <summary>
/// One entry of the software TLB: a guest-linear page straight to the host memory that holds it, through paging and
/// EPT both. A tag is the linear page number shifted left by 12, or'ed with the processor's current
/// <c>TlbGeneration</c>; a generation that has passed never matches, so flushing is one increment.
/// </summary>
internal struct TlbEntry
{
    /// <summary>Matches when a read of the page needs no check.</summary>
    public ulong ReadTag;

    /// <summary>Matches when a write needs no check: dirty flags are set, the frame is exclusive, holds no decoded code and is not watched.</summary>
    public ulong WriteTag;

    /// <summary>Host address minus linear address, for any byte of the page.</summary>
    public nint Addend;
}
