using System.Buffers.Binary;

namespace Vector20.Machine.Images.Elf;

/// <summary>Reads ELF headers and program headers. Nothing outside the file is ever read, whatever the headers say.</summary>
internal static class ElfParser
{
    private const int HeaderSize32 = 52, HeaderSize64 = 64, ProgramHeaderSize32 = 32, ProgramHeaderSize64 = 56;
    private const uint Load = 1;
    private const string Rebuild = "copy or build it again";

    public static Parsed<ElfFile> Parse(ImageFile file)
    {
        ReadOnlySpan<byte> bytes = file.Bytes.Span;
        if (bytes.Length < HeaderSize32) return file.Refuse($"is an ELF file cut off after {bytes.Length} bytes, inside its header", Rebuild);
        if (bytes[4] is not (1 or 2)) return file.Refuse($"ELF class {bytes[4]} at offset 4 is neither 32-bit (1) nor 64-bit (2)", Rebuild);
        if (bytes[5] != 1) return file.Refuse("is a big-endian ELF file", "build it for x86");
        bool wide = bytes[4] == 2;
        if (wide && bytes.Length < HeaderSize64) return file.Refuse($"is an ELF file cut off after {bytes.Length} bytes, inside its header", Rebuild);
        ushort machine = U16(bytes, 18);
        if (machine is not (ElfFile.Machine386 or ElfFile.MachineX64)) return file.Refuse($"ELF machine {machine} at offset 18 is not x86 (3 or 62)", "build it for x86");
        ulong table = wide ? U64(bytes, 32) : U32(bytes, 28);
        int entrySize = U16(bytes, wide ? 54 : 42), count = U16(bytes, wide ? 56 : 44);
        if (count == 0) return file.Refuse("has no program headers", "link it as an executable");
        if (entrySize != (wide ? ProgramHeaderSize64 : ProgramHeaderSize32)) return file.Refuse($"program headers of {entrySize} bytes are not ELF's", Rebuild);
        if (table > (ulong)bytes.Length || (ulong)(entrySize * count) > (ulong)bytes.Length - table)
            return file.Refuse($"{count} program headers at offset 0x{table:x} reach past the file's end at 0x{bytes.Length:x}", "the file is truncated: " + Rebuild);
        return Segments(file, wide, machine, (int)table, entrySize, count);
    }

    private static Parsed<ElfFile> Segments(ImageFile file, bool wide, ushort machine, int table, int entrySize, int count)
    {
        ReadOnlySpan<byte> bytes = file.Bytes.Span;
        var segments = new List<ElfSegment>();
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> header = bytes.Slice(table + i * entrySize, entrySize);
            if (U32(header, 0) != Load) continue;
            ElfSegment segment = wide ? Wide(i, header) : Narrow(i, header);
            if (segment.MemorySize == 0) continue;
            if (Fault(segment, bytes.Length) is { } fault) return file.Refuse($"program header {i} {fault}", "the file is damaged or truncated: " + Rebuild);
            segments.Add(segment);
        }

        if (segments.Count == 0) return file.Refuse("no program header loads anything", "link it as an executable");
        if (Overlap(segments) is { } overlap) return file.Refuse(overlap, "link it so that they are apart");
        return new ElfFile(wide, machine, wide ? U64(bytes, 24) : U32(bytes, 24), segments);
    }

    private static string? Fault(in ElfSegment s, int fileLength)
    {
        if (s.FileOffset > (ulong)fileLength || s.FileSize > (ulong)fileLength - s.FileOffset)
            return $"has 0x{s.FileSize:x} bytes at offset 0x{s.FileOffset:x}, past the file's end at 0x{fileLength:x}";
        if (s.FileSize > s.MemorySize) return $"has more bytes in the file (0x{s.FileSize:x}) than in memory (0x{s.MemorySize:x})";
        if (s.PhysicalAddress + s.MemorySize < s.PhysicalAddress) return $"wraps around the end of memory at 0x{s.PhysicalAddress:x}";
        return null;
    }

    private static string? Overlap(List<ElfSegment> segments)
    {
        ElfSegment[] ordered = [.. segments.OrderBy(s => s.PhysicalAddress)];
        for (int i = 1; i < ordered.Length; i++)
        {
            if (ordered[i].PhysicalAddress < ordered[i - 1].PhysicalAddress + ordered[i - 1].MemorySize)
                return $"program headers {ordered[i - 1].Index} and {ordered[i].Index} overlap at 0x{ordered[i].PhysicalAddress:x}";
        }

        return null;
    }

    private static ElfSegment Wide(int index, ReadOnlySpan<byte> h) => new(index, U64(h, 8), U64(h, 16), U64(h, 24), U64(h, 32), U64(h, 40));

    private static ElfSegment Narrow(int index, ReadOnlySpan<byte> h) => new(index, U32(h, 4), U32(h, 8), U32(h, 12), U32(h, 16), U32(h, 20));

    private static ushort U16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static ulong U64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);
}
