namespace Vector20.Machine.Platform.Qemu;

/// <summary>Something that the fw_cfg device tells a guest: bytes under a key, or under a name in its directory.</summary>
/// <param name="Key">The key that a guest selects; of a named file the directory says it.</param>
/// <param name="Name">The file's name; empty for an item that has a key of its own.</param>
/// <param name="Bytes">The contents.</param>
public sealed record FirmwareItem(ushort Key, string Name, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The longest name, without its zero.</summary>
    public const int LongestName = 55;

    /// <summary>An item under a key.</summary>
    public static FirmwareItem Of(FirmwareKey key, ReadOnlyMemory<byte> bytes) => new((ushort)key, "", bytes);

    /// <summary>A file under a name.</summary>
    public static FirmwareItem File(string name, ReadOnlyMemory<byte> bytes) => new(0, name, bytes);
}

/// <summary>The keys of the fw_cfg device.</summary>
[Manual("fw_cfg", "Firmware Configuration Items", "QEMU Firmware Configuration (fw_cfg) Device")]
public enum FirmwareKey : ushort
{
    /// <summary>'QEMU'.</summary>
    Signature = 0,

    /// <summary>Which interfaces there are.</summary>
    Features = 1,

    /// <summary>The machine's UUID, 16 bytes.</summary>
    Uuid = 2,

    /// <summary>Bytes of RAM, 8 bytes.</summary>
    RamSize = 3,

    /// <summary>Whether there is no screen, 2 bytes.</summary>
    NoGraphic = 4,

    /// <summary>Number of processors, 2 bytes.</summary>
    Processors = 5,

    /// <summary>Physical address of the kernel, 4 bytes.</summary>
    KernelAddress = 7,

    /// <summary>Its length, 4 bytes.</summary>
    KernelSize = 8,

    /// <summary>Physical address of the initial RAM disk, 4 bytes.</summary>
    InitrdAddress = 0xA,

    /// <summary>Its length, 4 bytes.</summary>
    InitrdSize = 0xB,

    /// <summary>Number of processors there may ever be, 2 bytes.</summary>
    MostProcessors = 0xF,

    /// <summary>The kernel.</summary>
    KernelData = 0x11,

    /// <summary>The initial RAM disk.</summary>
    InitrdData = 0x12,

    /// <summary>Physical address of the command line, 4 bytes.</summary>
    CommandLineAddress = 0x13,

    /// <summary>Its length with its zero, 4 bytes.</summary>
    CommandLineSize = 0x14,

    /// <summary>The command line.</summary>
    CommandLineData = 0x15,

    /// <summary>Physical address of the real-mode part, 4 bytes.</summary>
    SetupAddress = 0x16,

    /// <summary>Its length, 4 bytes.</summary>
    SetupSize = 0x17,

    /// <summary>The real-mode part.</summary>
    SetupData = 0x18,

    /// <summary>The directory of files.</summary>
    Directory = 0x19,

    /// <summary>The first file.</summary>
    FirstFile = 0x20,
}
