using Vector20.Machine.Images.Elf;

namespace Vector20.Machine.Images.Multiboot;

/// <summary>
/// Multiboot 1: an ELF32 or ELF64 file, or one laid out by the header's address fields; entered in 32-bit protected mode,
/// paging off, with the magic number in EAX and the information structure at EBX.
/// </summary>
internal static class MultibootLoader
{
    private const uint BootedMagic = 0x2BAD_B002;

    public static Parsed<BootPlan> Plan(ImageFile file, MultibootHeader header, BootOptions options)
    {
        if (options.Width is { } width and not EntryWidth.Bits32)
            return file.Refuse($"a multiboot image is entered in 32-bit code, not {(int)width}-bit", "leave --bits out: the image changes mode itself");
        if (header.NotUnderstood == MultibootHeader.WantsVideo) return file.Refuse("its multiboot header asks for a video mode", "clear flag 2: the screen is VGA text");
        if (header.NotUnderstood != 0) return file.Refuse($"its multiboot header requires 0x{header.NotUnderstood:x}, which multiboot 1 does not define", "clear those flags");
        if (!(header.HasAddresses ? ByAddresses(file, header) : ByElf(file)).TryGet(out Contents? contents, out ImageError error)) return error;
        if (!MultibootInformation.Make(file, options, contents.Pieces.Max(p => p.End)).TryGet(out MultibootInformation? information, out error)) return error;
        var entry = new EntryState
        {
            Width = EntryWidth.Bits32,
            InstructionPointer = contents.Entry,
            Rax = BootedMagic,
            Rbx = LowMemory.MultibootInformation,
            Rsp = LowMemory.StackTop,
        };
        return new BootPlan(ImageFormat.Multiboot, [.. contents.Pieces, .. information.Pieces, BootGdt.Make(EntryWidth.Bits32)], entry);
    }

    private static Parsed<Contents> ByElf(ImageFile file)
    {
        if (!ElfFile.IsPresent(file.Bytes.Span)) return file.Refuse("has a multiboot header without address fields, and is no ELF file", "set flag 16, or link it as ELF");
        if (!ElfParser.Parse(file).TryGet(out ElfFile? elf, out ImageError error)) return error;
        if (elf.PhysicalEntry > uint.MaxValue) return file.Refuse($"its 64-bit entry 0x{elf.PhysicalEntry:x} cannot be reached from multiboot's 32-bit code", "link its entry below 4 GiB");
        if (!elf.EntryIsLoaded) return file.Refuse($"its entry 0x{elf.Entry:x} lies in no segment that is loaded", "link it with an entry symbol");
        return new Contents([.. elf.Pieces(file)], (uint)elf.PhysicalEntry);
    }

    private static Parsed<Contents> ByAddresses(ImageFile file, MultibootHeader header)
    {
        MultibootAddresses a = header.Addresses;
        long first = header.Offset - ((long)a.Header - a.Load);
        if (a.Load > a.Header || first < 0) return file.Refuse($"its multiboot load address 0x{a.Load:x} is not before the header's, 0x{a.Header:x}, within the file", "correct the header");
        long length = a.LoadEnd == 0 ? file.Bytes.Length - first : (long)a.LoadEnd - a.Load;
        if (length <= 0 || first + length > file.Bytes.Length)
            return file.Refuse($"its multiboot header loads up to 0x{a.LoadEnd:x}, the file ends at 0x{a.Load + file.Bytes.Length - first:x}", "the file is truncated: copy or build it again");
        long memory = a.BssEnd == 0 ? length : (long)a.BssEnd - a.Load;
        if (memory < length) return file.Refuse($"its multiboot bss ends at 0x{a.BssEnd:x}, before what is loaded", "correct the header");
        if (a.Entry - a.Load >= (ulong)memory) return file.Refuse($"its multiboot entry 0x{a.Entry:x} lies outside what is loaded", "correct the header");
        return new Contents([new Piece(a.Load, file.Bytes.Slice((int)first, (int)length), (ulong)memory, "the image")], a.Entry);
    }

    private sealed record Contents(IReadOnlyList<Piece> Pieces, uint Entry);
}
