namespace Vector20.Machine.Memory.Paging;

/// <summary>What the entries of one translation allow, taken together.</summary>
/// <param name="Writable">R/W is 1 in every entry.</param>
/// <param name="User">U/S is 1 in every entry: the address is a user-mode address.</param>
/// <param name="ExecuteDisable">XD is 1 in some entry, and EFER.NXE is 1.</param>
/// <param name="ProtectionKey">The key in the entry that maps the page.</param>
[Manual("3A", "4.6.1", "Determination of Access Rights")]
internal readonly record struct PageRights(bool Writable, bool User, bool ExecuteDisable, int ProtectionKey)
{
    /// <summary>From the AND and the OR of the entries, and the one that maps the page.</summary>
    public static PageRights Of(ulong all, ulong any, ulong leaf) => new(
        (all & PagingEntry.Writable) != 0,
        (all & PagingEntry.User) != 0,
        (any & PagingEntry.ExecuteDisable) != 0,
        PagingEntry.ProtectionKey(leaf));

    /// <summary>Whether an access is allowed.</summary>
    public bool Allow(AccessKind kind, AccessMode mode, in PagingControls controls)
    {
        if (kind == AccessKind.Execute) return AllowsFetch(mode, controls);
        if (mode == AccessMode.User ? !User : User && controls.Smap && mode == AccessMode.Supervisor) return false;
        if (kind == AccessKind.Write && !Writable && (mode == AccessMode.User || controls.WriteProtect)) return false;
        return !KeyForbids(kind, mode, controls);
    }

    /// <summary>Whether PKRU forbids a data access to a user-mode address.</summary>
    [Manual("3A", "4.6.2", "Protection Keys")]
    public bool KeyForbids(AccessKind kind, AccessMode mode, in PagingControls controls)
    {
        if (!controls.ProtectionKeys || !User || kind == AccessKind.Execute) return false;
        uint key = controls.Pkru >> (2 * ProtectionKey);
        bool accessDisable = (key & 1) != 0, writeDisable = (key & 2) != 0;
        return accessDisable || writeDisable && kind == AccessKind.Write && (controls.WriteProtect || mode == AccessMode.User);
    }

    private bool AllowsFetch(AccessMode mode, in PagingControls controls) =>
        !ExecuteDisable && (mode == AccessMode.User ? User : !(User && controls.Smep));
}
