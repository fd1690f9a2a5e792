using Vector20.Machine.Images.Linux;

namespace Vector20.Machine.Images.Elf;

/// <summary>
/// An ELF file without a multiboot header: loaded at its physical addresses and entered in the width of its machine, with a
/// Linux zero page at RSI, so that an uncompressed Linux kernel finds what its 64-bit entry needs.
/// </summary>
internal static class ElfLoader
{
    public static Parsed<BootPlan> Plan(ImageFile file, BootOptions options)
    {
        if (!ElfParser.Parse(file).TryGet(out ElfFile? elf, out ImageError error)) return error;
        EntryWidth native = elf is { Is64Bit: true, Machine: ElfFile.MachineX64 } ? EntryWidth.Bits64 : EntryWidth.Bits32;
        EntryWidth width = options.Width ?? native;
        if (width == EntryWidth.Bits64 && native == EntryWidth.Bits32)
            return file.Refuse("is a 32-bit image and cannot be entered in 64-bit mode", "leave --bits out, or build it as ELF64");
        if (width == EntryWidth.Bits16) return file.Refuse("an ELF image is not entered in real-address mode", "leave --bits out, or give a flat binary with --at");
        if (!elf.EntryIsLoaded) return file.Refuse($"its entry 0x{elf.Entry:x} lies in no segment that is loaded", "link it with an entry symbol");
        ulong imageEnd = elf.Segments.Max(s => s.PhysicalAddress + s.MemorySize);
        if (!RamDisk.Place(options, imageEnd, uint.MaxValue).TryGet(out RamDisk? disk, out error)) return error;
        var zeroPage = new Piece(LowMemory.ZeroPage, ZeroPage.Make([], 0, disk, options), "the zero page");
        var entry = new EntryState { Width = width, InstructionPointer = elf.PhysicalEntry, Rsi = LowMemory.ZeroPage, Rsp = LowMemory.StackTop };
        return new BootPlan(ImageFormat.Elf, [.. elf.Pieces(file), .. disk.Pieces, zeroPage, BootTables.CommandLine(options.CommandLine), .. BootTables.For(width)], entry);
    }
}
