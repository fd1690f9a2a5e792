using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Memory.Paging;

/// <summary>How the processor itself reads and marks paging-structure entries: by guest-physical address.</summary>
internal static class GuestEntries
{
    /// <summary>Reads the 8 bytes, aligned down, at an entry through EPT. Null when that forbids it.</summary>
    public static ulong? Read(Processor p, ulong address, ulong linear) =>
        ToPhysical(p, address, linear, false, out ulong physical) ? p.Computer.Memory.ReadEntry(physical) : null;

    /// <summary>Sets accessed flags in every entry that a translation used, and the dirty flag in the last for a write.</summary>
    [Manual("3A", "4.8", "Accessed and Dirty Flags")]
    public static bool SetAccessedAndDirty(Processor p, in PageWalk walk, bool write, bool wide, ulong linear)
    {
        ulong leafNeeds = write ? PagingEntry.Accessed | PagingEntry.Dirty : PagingEntry.Accessed;
        if ((walk.All & PagingEntry.Accessed) != 0 && (walk.Leaf & leafNeeds) == leafNeeds) return true;
        for (int i = 0; i < walk.Count; i++)
        {
            ulong needs = i == walk.Count - 1 ? leafNeeds : PagingEntry.Accessed;
            UsedEntry used = walk.Entries[i];
            if ((used.Value & needs) != needs && !Write(p, used.Address, used.Value | needs, wide, linear)) return false;
        }

        return true;
    }

    private static bool Write(Processor p, ulong address, ulong entry, bool wide, ulong linear)
    {
        if (!ToPhysical(p, address, linear, true, out ulong physical)) return false;
        if (wide) p.Computer.Memory.WriteEntry(physical, entry);
        else p.Computer.Memory.WriteEntry(physical, (uint)entry);
        return true;
    }

    private static bool ToPhysical(Processor p, ulong address, ulong linear, bool update, out ulong physical)
    {
        physical = address;
        if (!EptTranslation.InUse(p)) return true;
        if (!EptTranslation.Translate(p, address, EptTranslation.OfPageWalk(p, linear, update), out EptMapping mapping)) return false;
        physical = mapping.Physical;
        return !ApicAccess.Covers(p, physical) || ApicAccess.ExitGuestPhysical(p);
    }
}
