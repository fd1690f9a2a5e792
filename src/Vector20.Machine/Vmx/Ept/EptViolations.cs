namespace Vector20.Machine.Vmx.Ept;

/// <summary>Which accesses the EPT rights forbid, and how the exit qualification describes them. Pure.</summary>
internal static class EptViolations
{
    private const ulong UserExecutable = 1 << 6, LinearValid = 1 << 7, IsTranslation = 1 << 8, UserMode = 1 << 9, Writable = 1 << 10, ExecuteDisable = 1 << 11;

    /// <summary>Whether the AND of the entries allows an access.</summary>
    /// <param name="all">The AND of every entry used.</param>
    /// <param name="access">The access.</param>
    /// <param name="modeBasedExecute">The control: bit 10 decides fetches from user-mode linear addresses, bit 2 those from supervisor-mode ones.</param>
    [Manual("3C", "29.3.3.2", "EPT Violations")]
    public static bool Allows(ulong all, in EptAccess access, bool modeBasedExecute)
    {
        if ((access.Kind & EptAccessKind.Read) != 0 && (all & EptEntry.Read) == 0) return false;
        if ((access.Kind & EptAccessKind.Write) != 0 && (all & EptEntry.Write) == 0) return false;
        if ((access.Kind & EptAccessKind.Fetch) == 0) return true;
        return (all & (modeBasedExecute && access.Rights.User ? EptEntry.ExecuteForUser : EptEntry.Execute)) != 0;
    }

    /// <summary>The exit qualification, but for bit 12.</summary>
    /// <param name="walk">The walk that met a not-present entry, or whose rights forbid the access.</param>
    /// <param name="access">The access.</param>
    /// <param name="controls">The controls of the walk.</param>
    [Manual("3C", "28.2.1", "Basic VM-Exit Information")]
    public static ulong Qualification(in EptWalk walk, in EptAccess access, in EptWalkControls controls)
    {
        ulong qualification = (ulong)access.Kind | (walk.All & (EptEntry.Read | EptEntry.Write | EptEntry.Execute)) << 3;
        if (controls.ModeBasedExecute && (walk.All & EptEntry.ExecuteForUser) != 0) qualification |= UserExecutable;
        if (access.Origin == EptAccessOrigin.PdpteLoad) return qualification;
        qualification |= LinearValid;
        if (access.Origin == EptAccessOrigin.PageWalk) return qualification;
        qualification |= IsTranslation;
        if ((controls.Capabilities & EptCapabilities.AdvancedViolationInformation) == 0) return qualification;
        return qualification
            | (access.Rights.User ? UserMode : 0)
            | (access.Rights.Writable ? Writable : 0)
            | (access.Rights.ExecuteDisable ? ExecuteDisable : 0);
    }
}
