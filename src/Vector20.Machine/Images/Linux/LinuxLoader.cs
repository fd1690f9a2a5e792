namespace Vector20.Machine.Images.Linux;

/// <summary>
/// The Linux boot protocol: the protected-mode part of a bzImage, entered in 64-bit mode where it allows that, else in
/// 32-bit protected mode, with the zero page at RSI. Its real-mode code is not run.
/// </summary>
internal static class LinuxLoader
{
    private const ulong Entry64Offset = 0x200;

    public static Parsed<BootPlan> Plan(ImageFile file, BootOptions options)
    {
        if (!LinuxSetup.Parse(file).TryGet(out LinuxSetup? setup, out ImageError error)) return error;
        EntryWidth width = options.Width ?? (setup.Has64BitEntry ? EntryWidth.Bits64 : EntryWidth.Bits32);
        if (width == EntryWidth.Bits16) return file.Refuse("a Linux image is not entered in real-address mode here: there is no BIOS", "leave --bits out");
        if (width == EntryWidth.Bits64 && !setup.Has64BitEntry) return file.Refuse("is a 32-bit image and has no 64-bit entry", "leave --bits out");
        if (options.CommandLine.Length > setup.CommandLineLength)
            return new ImageError("--append", $"the command line has {options.CommandLine.Length} characters, the image takes {setup.CommandLineLength}", "shorten it");
        var kernel = new Piece(setup.LoadAddress, file.Bytes[setup.SetupLength..], setup.MemoryNeeded, "the kernel");
        if (!RamDisk.Place(options, kernel.End, setup.InitrdEnd).TryGet(out RamDisk? disk, out error)) return error;
        ReadOnlySpan<byte> header = file.Bytes.Span.Slice(LinuxSetup.Offset, setup.HeaderLength);
        var zeroPage = new Piece(LowMemory.ZeroPage, ZeroPage.Make(header, setup.LoadAddress, disk, options), "the zero page");
        var entry = new EntryState
        {
            Width = width,
            InstructionPointer = setup.LoadAddress + (width == EntryWidth.Bits64 ? Entry64Offset : 0),
            Rsi = LowMemory.ZeroPage,
            Rsp = LowMemory.StackTop,
        };
        return new BootPlan(ImageFormat.Linux, [kernel, .. disk.Pieces, zeroPage, BootTables.CommandLine(options.CommandLine), .. BootTables.For(width)], entry);
    }
}
