using Vector20.Machine.Images.Elf;
using Vector20.Machine.Images.Firmware;
using Vector20.Machine.Images.Linux;
using Vector20.Machine.Images.Multiboot;

namespace Vector20.Machine.Images;

/// <summary>From a file and options to a boot plan, whatever the file's format.</summary>
public static class ImageLoader
{
    /// <summary>Recognizes the format, checks the image and lays it out together with the firmware's tables.</summary>
    public static Parsed<BootPlan> Plan(ImageFile file, BootOptions options)
    {
        if (options.MemorySize == 0) return new ImageError("-m", "0 bytes are no memory", "give the machine some, for instance -m 64M");
        if (options.CommandLine.Length > LowMemory.CommandLineLength)
            return new ImageError("--append", $"the command line has {options.CommandLine.Length} characters", $"give at most {LowMemory.CommandLineLength}");
        if (!Recognize(file, options).TryGet(out BootPlan? plan, out ImageError error)) return error;
        Piece[] pieces = [.. plan.Pieces, .. FirmwareTables.Make(options)];
        return Placement.Check(file, pieces, options) is { } misplaced ? misplaced : plan with { Pieces = pieces };
    }

    private static Parsed<BootPlan> Recognize(ImageFile file, BootOptions options)
    {
        ReadOnlySpan<byte> bytes = file.Bytes.Span;
        if (options.FlatAddress is { } address) return FlatImage.Plan(file, address, options);
        if (LinuxSetup.IsPresent(bytes)) return LinuxLoader.Plan(file, options);
        if (MultibootHeader.Find(bytes) is { } header) return MultibootLoader.Plan(file, header, options);
        if (ElfFile.IsPresent(bytes)) return ElfLoader.Plan(file, options);
        return file.Refuse("is no multiboot, ELF or Linux image", "for a flat binary give its address, for instance --at 0x7c00");
    }
}
