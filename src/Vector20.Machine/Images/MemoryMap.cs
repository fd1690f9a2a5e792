using Vector20.Machine.Memory;

namespace Vector20.Machine.Images;

/// <summary>Types of memory ranges, numbered as BIOS function E820 numbers them.</summary>
public enum MemoryRangeType
{
    /// <summary>Free for use.</summary>
    Usable = 1,

    /// <summary>Not for use.</summary>
    Reserved = 2,
}

/// <summary>One range of physical memory.</summary>
public readonly record struct MemoryRange(ulong Start, ulong Length, MemoryRangeType Type)
{
    /// <summary>The first address behind it.</summary>
    public ulong End => Start + Length;
}

/// <summary>Which physical memory there is, as a BIOS would tell it.</summary>
public static class MemoryMap
{
    /// <summary>The ranges of a machine with so much RAM, in ascending order.</summary>
    public static IReadOnlyList<MemoryRange> Of(ulong memorySize)
    {
        var ranges = new List<MemoryRange> { new(0, Math.Min(memorySize, LowMemory.ExtendedBiosData), MemoryRangeType.Usable) };
        if (memorySize >= LowMemory.End)
            ranges.Add(new(LowMemory.ExtendedBiosData, LowMemory.End - LowMemory.ExtendedBiosData, MemoryRangeType.Reserved));
        if (memorySize <= LowMemory.ExtendedMemory) return ranges;
        ranges.Add(new(LowMemory.Firmware, LowMemory.ExtendedMemory - LowMemory.Firmware, MemoryRangeType.Reserved));
        ulong low = Math.Min(memorySize, PhysicalMemory.HoleStart);
        ranges.Add(new(LowMemory.ExtendedMemory, low - LowMemory.ExtendedMemory, MemoryRangeType.Usable));
        if (memorySize > low) ranges.Add(new(PhysicalMemory.HoleEnd, memorySize - low, MemoryRangeType.Usable));
        return ranges;
    }
}
