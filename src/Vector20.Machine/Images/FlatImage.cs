namespace Vector20.Machine.Images;

/// <summary>Bytes without a format: they go to an address and start there.</summary>
internal static class FlatImage
{
    public static Parsed<BootPlan> Plan(ImageFile file, ulong address, BootOptions options)
    {
        EntryWidth width = options.Width ?? EntryWidth.Bits16;
        ulong reach = width switch { EntryWidth.Bits16 => 0xF_FFFF, EntryWidth.Bits32 => uint.MaxValue, _ => uint.MaxValue };
        if (address > reach)
            return new ImageError("--at", $"0x{address:x} cannot be entered in {(int)width}-bit code", $"give an address up to 0x{reach:x}");
        if (width == EntryWidth.Bits16 && options.Modules.Count > 0)
            return new ImageError("--initrd", "a flat binary takes none", "leave it out");
        return new BootPlan(ImageFormat.Flat, [new Piece(address, file.Bytes, "the image"), .. BootTables.For(width)], EntryAt(address, width));
    }

    /// <summary>In real-address mode a low address is entered as 0:address, as a boot sector is; one above 64 KiB through a segment.</summary>
    private static EntryState EntryAt(ulong address, EntryWidth width)
    {
        if (width != EntryWidth.Bits16) return new EntryState { Width = width, InstructionPointer = address, Rsp = LowMemory.StackTop };
        bool low = address <= ushort.MaxValue;
        return new EntryState
        {
            Width = width,
            RealModeSegment = low ? (ushort)0 : (ushort)(address >> 4),
            InstructionPointer = low ? address : address & 15,
            Rsp = low ? address & 0xFFFE : 0x7C00,
        };
    }
}
