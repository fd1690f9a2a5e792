namespace Vector20.Machine.Images;

/// <summary>What a boot needs to know beside the image.</summary>
public sealed record BootOptions
{
    /// <summary>Bytes of RAM.</summary>
    public required ulong MemorySize { get; init; }

    /// <summary>Number of processors, for the firmware tables.</summary>
    public int Processors { get; init; } = 1;

    /// <summary>Whether there is a high precision event timer, for the firmware tables.</summary>
    public bool Hpet { get; init; } = true;

    /// <summary>The command line for the image.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>The initial RAM disk, or the multiboot modules.</summary>
    public IReadOnlyList<BootModule> Modules { get; init; } = [];

    /// <summary>Where a flat binary goes and starts; null for the formats that say so themselves.</summary>
    public ulong? FlatAddress { get; init; }

    /// <summary>The width of code to enter the image in; null for what its format asks for.</summary>
    public EntryWidth? Width { get; init; }
}

/// <summary>A file to hand to the image.</summary>
/// <param name="File">The file.</param>
/// <param name="CommandLine">Its own command line (multiboot).</param>
public sealed record BootModule(ImageFile File, string CommandLine);
