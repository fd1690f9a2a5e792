namespace Vector20.Machine.Memory;

/// <summary>A linear address: what segmentation produces and paging translates. 64 bits.</summary>
public readonly record struct LinearAddress(ulong Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"0x{Value:x16}";
}

/// <summary>A guest-physical address: what guest paging produces and EPT translates. Equal to the physical address outside non-root operation.</summary>
public readonly record struct GuestPhysicalAddress(ulong Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"0x{Value:x}";
}

/// <summary>A (host-)physical address: what memory and devices are reached by.</summary>
public readonly record struct PhysicalAddress(ulong Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"0x{Value:x}";
}
