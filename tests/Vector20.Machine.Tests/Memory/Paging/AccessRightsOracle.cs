using Vector20.Machine.Memory;
using Vector20.Machine.Memory.Paging;

namespace Vector20.Machine.Tests.Memory.Paging;

/// <summary>The rules of SDM 3A 4.6 and 4.7, paragraph by paragraph, independent of how the machine computes them.</summary>
internal sealed record AccessRightsOracle(
    PagingMode Mode, bool[] W, bool[] U, bool[] Xd, bool Wp, bool Smep, bool Smap, bool Nxe, bool Pke, bool Ad, bool Wd)
{
    private bool UserAddress => U.All(bit => bit);

    private bool AllWritable => W.All(bit => bit);

    private bool LongMode => Mode is PagingMode.FourLevel or PagingMode.FiveLevel;

    /// <summary>Null if the access is allowed, else the error code of its page fault.</summary>
    public PageFaultCode? Expect(AccessKind kind, AccessMode mode)
    {
        bool user = mode == AccessMode.User;
        bool allowed = (user, kind) switch
        {
            (false, AccessKind.Read) => SupervisorMayRead(mode),
            (false, AccessKind.Write) => SupervisorMayWrite(mode),
            (false, _) => SupervisorMayFetch(),
            (true, AccessKind.Read) => UserAddress && KeyPermitsRead(),
            (true, AccessKind.Write) => UserAddress && AllWritable && KeyPermitsUserWrite(),
            (true, _) => UserAddress && !Disabled,
        };
        return allowed ? null : ErrorCode(kind, user);
    }

    private bool Disabled => Mode != PagingMode.Bits32 && Nxe && Xd.Any(bit => bit);

    private bool SupervisorMayRead(AccessMode mode)
    {
        if (!UserAddress) return true;
        if (Smap && mode == AccessMode.Supervisor) return false;
        return KeyPermitsRead();
    }

    private bool SupervisorMayWrite(AccessMode mode)
    {
        if (!UserAddress) return !Wp || AllWritable;
        if (Smap && mode == AccessMode.Supervisor) return false;
        if (Wp) return AllWritable && KeyPermitsUserWrite();
        return KeyPermitsRead();
    }

    private bool SupervisorMayFetch()
    {
        if (UserAddress && Smep) return false;
        return !Disabled;
    }

    private bool KeysApply => LongMode && Pke && UserAddress;

    private bool KeyPermitsRead() => !(KeysApply && Ad);

    private bool KeyPermitsUserWrite() => !(KeysApply && (Ad || Wd));

    private PageFaultCode ErrorCode(AccessKind kind, bool user)
    {
        PageFaultCode code = PageFaultCode.Present;
        if (kind == AccessKind.Write) code |= PageFaultCode.Write;
        if (user) code |= PageFaultCode.User;
        bool fetch = kind == AccessKind.Execute;
        if (fetch && (Smep || Nxe && Mode != PagingMode.Bits32)) code |= PageFaultCode.Fetch;
        bool writeCounts = kind == AccessKind.Write && (Wp || user);
        if (KeysApply && !fetch && (Ad || Wd && writeCounts)) code |= PageFaultCode.ProtectionKey;
        return code;
    }
}
