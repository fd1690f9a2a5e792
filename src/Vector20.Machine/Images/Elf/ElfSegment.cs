namespace Vector20.Machine.Images.Elf;

/// <summary>A program header of type PT_LOAD.</summary>
/// <param name="Index">Its number in the table.</param>
/// <param name="FileOffset">Where its bytes begin in the file.</param>
/// <param name="VirtualAddress">p_vaddr.</param>
/// <param name="PhysicalAddress">p_paddr: where it is loaded.</param>
/// <param name="FileSize">Bytes in the file.</param>
/// <param name="MemorySize">Bytes in memory; those beyond the file's are zero.</param>
internal readonly record struct ElfSegment(int Index, ulong FileOffset, ulong VirtualAddress, ulong PhysicalAddress, ulong FileSize, ulong MemorySize);
