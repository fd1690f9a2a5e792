using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx.Ept;

/// <summary>A cached guest-physical mapping: what a walk found for one 4-KiB page. The accessed flags were set when it was made.</summary>
[Manual("3C", "29.4.1", "Information That May Be Cached")]
internal struct GuestPhysicalMapping
{
    /// <summary>Guest-physical page or'ed with the processor's <c>TlbGeneration</c>.</summary>
    public ulong Tag;

    /// <summary>The physical page.</summary>
    public ulong Page;

    /// <summary>The AND of the entries' rights; <see cref="EptEntry.Dirty"/> where a write need not set a dirty flag.</summary>
    public ulong Rights;

    private const ulong RightsMask = EptEntry.Read | EptEntry.Write | EptEntry.Execute | EptEntry.ExecuteForUser;

    /// <summary>Finds the mapping for an access that it permits. What it does not permit needs a walk: entries may have got more rights since.</summary>
    public static bool TryFind(Processor p, ulong guestPhysical, in EptAccess access, out EptMapping mapping)
    {
        mapping = default;
        ref GuestPhysicalMapping cached = ref p.GuestPhysicalSlot(guestPhysical);
        if (cached.Tag != (guestPhysical & ~0xFFFul | p.TlbGeneration)) return false;
        if ((access.Kind & EptAccessKind.Write) != 0 && (cached.Rights & EptEntry.Dirty) == 0) return false;
        if (!EptViolations.Allows(cached.Rights, access, p.Vmx.Has(SecondaryControls.ModeBasedExecuteControl))) return false;
        mapping = new EptMapping(cached.Page | guestPhysical & 0xFFF, cached.IsWritable);
        return true;
    }

    /// <summary>Keeps what a walk found.</summary>
    public static void Keep(Processor p, ulong guestPhysical, in EptWalk walk, bool dirtyOrUntracked) =>
        p.GuestPhysicalSlot(guestPhysical) = new GuestPhysicalMapping
        {
            Tag = guestPhysical & ~0xFFFul | p.TlbGeneration,
            Page = walk.Physical & ~0xFFFul,
            Rights = walk.All & RightsMask | (dirtyOrUntracked ? EptEntry.Dirty : 0),
        };

    private readonly bool IsWritable => (Rights & (EptEntry.Write | EptEntry.Dirty)) == (EptEntry.Write | EptEntry.Dirty);
}
