namespace Vector20.Machine.Images.Elf;

/// <summary>An ELF executable for x86, checked: every loadable segment's bytes are in the file, and no two overlap.</summary>
/// <param name="Is64Bit">Class ELF64, not ELF32.</param>
/// <param name="Machine">e_machine.</param>
/// <param name="Entry">e_entry.</param>
/// <param name="Segments">The loadable segments that claim memory, in the file's order.</param>
internal sealed record ElfFile(bool Is64Bit, ushort Machine, ulong Entry, IReadOnlyList<ElfSegment> Segments)
{
    /// <summary>e_machine of 32-bit x86.</summary>
    public const ushort Machine386 = 3;

    /// <summary>e_machine of x86-64.</summary>
    public const ushort MachineX64 = 62;

    /// <summary>Whether bytes begin with ELF's magic number.</summary>
    public static bool IsPresent(ReadOnlySpan<byte> bytes) => bytes.StartsWith("\x7F"u8) && bytes[1..].StartsWith("ELF"u8);

    /// <summary>The entry as a physical address: linkers give the virtual one where a segment's two differ.</summary>
    public ulong PhysicalEntry
    {
        get
        {
            foreach (ElfSegment s in Segments)
                if (Entry - s.PhysicalAddress < s.MemorySize) return Entry;
            foreach (ElfSegment s in Segments)
                if (Entry - s.VirtualAddress < s.MemorySize) return Entry - s.VirtualAddress + s.PhysicalAddress;
            return Entry;
        }
    }

    /// <summary>Whether the entry lies in a segment.</summary>
    public bool EntryIsLoaded => Segments.Any(s => PhysicalEntry - s.PhysicalAddress < s.MemorySize);

    /// <summary>The segments as pieces of memory.</summary>
    public IEnumerable<Piece> Pieces(ImageFile file) => Segments.Select(s =>
        new Piece(s.PhysicalAddress, file.Bytes.Slice((int)s.FileOffset, (int)s.FileSize), s.MemorySize, $"program header {s.Index}"));
}
