namespace Vector20.Machine.Vmx.Ept;

/// <summary>The extended-page-table pointer, EPTP.</summary>
/// <param name="Value">The VMCS field, or an entry of the EPTP list.</param>
[Manual("3C", "25.6.11", "Extended-Page-Table Pointer (EPTP)")]
public readonly record struct EptPointer(ulong Value)
{
    private const ulong ReservedLow = 0xF80;

    /// <summary>Bits 2:0: the memory type with which the processor reads the EPT paging structures.</summary>
    public EptMemoryType MemoryType => (EptMemoryType)(Value & 7);

    /// <summary>Levels of the walk: bits 5:3 hold one less.</summary>
    public int Levels => (int)(Value >> 3 & 7) + 1;

    /// <summary>Bit 6: accessed and dirty flags for EPT are on.</summary>
    public bool AccessedAndDirty => (Value & 1 << 6) != 0;

    /// <summary>Physical address of the first table.</summary>
    public ulong Table => Value & EptEntry.AddressMask;

    /// <summary>Whether VM entry and the EPTP-switching VM function accept it: a supported memory type and walk length, no reserved bit.</summary>
    [Manual("3C", "27.2.1.1", "VM-Execution Control Fields")]
    public bool IsValid(int physicalAddressBits, EptCapabilities capabilities) =>
        MemoryType is EptMemoryType.Uncacheable or EptMemoryType.WriteBack
        && (Levels == 4 || Levels == 5 && (capabilities & EptCapabilities.PageWalkLength5) != 0)
        && (!AccessedAndDirty || (capabilities & EptCapabilities.AccessedAndDirtyFlags) != 0)
        && (Value & ReservedLow) == 0
        && Value >> physicalAddressBits == 0;
}

/// <summary>The memory types of EPT; 2, 3 and 7 are reserved.</summary>
[Manual("3A", "12.3", "Methods of Caching Available")]
public enum EptMemoryType : byte
{
    /// <summary>UC.</summary>
    Uncacheable = 0,

    /// <summary>WC.</summary>
    WriteCombining = 1,

    /// <summary>WT.</summary>
    WriteThrough = 4,

    /// <summary>WP.</summary>
    WriteProtected = 5,

    /// <summary>WB.</summary>
    WriteBack = 6,
}
