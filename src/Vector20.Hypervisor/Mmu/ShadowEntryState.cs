namespace Vector20.Hypervisor.Mmu;

/// <summary>What an entry of the hypervisor's EPT means. Every value the hypervisor writes is made from one of these.</summary>
public enum ShadowEntryState : byte
{
    /// <summary>Nothing: the first access brings an EPT violation.</summary>
    NonPresent,

    /// <summary>Maps a 4-KiB page.</summary>
    Mapped,

    /// <summary>Maps a 2-MiB or 1-GiB page.</summary>
    Large,

    /// <summary>Maps memory without write permission: a read-only slot, or dirty logging waits for the first write.</summary>
    WriteProtected,

    /// <summary>Maps memory with all permissions taken away and saved, so that the next access is noticed. Used without accessed flags.</summary>
    AccessTracked,

    /// <summary>Being replaced: no one but the zap that froze it may touch it.</summary>
    Frozen,

    /// <summary>No memory: a deliberate EPT misconfiguration, so that an access exits to be emulated and can never be #VE.</summary>
    Mmio,

    /// <summary>Maps one piece of what was a large page.</summary>
    Split,

    /// <summary>References a table of the next level.</summary>
    Table,
}
