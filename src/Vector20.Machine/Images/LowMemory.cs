namespace Vector20.Machine.Images;

/// <summary>Where the loaders put what an image is entered with: under the 640 KiB of conventional memory and in the firmware's area.</summary>
internal static class LowMemory
{
    /// <summary>The BIOS data area's word that holds the segment of the extended BIOS data area.</summary>
    public const uint ExtendedBiosDataPointer = 0x40E;

    /// <summary>Begin of what the loaders use: the Linux zero page.</summary>
    public const uint ZeroPage = 0x9_0000;

    /// <summary>The descriptor table of the 32- and 64-bit entries.</summary>
    public const uint Gdt = 0x9_1000;

    /// <summary>The image's command line, zero-terminated, within a page.</summary>
    public const uint CommandLine = 0x9_2000;

    /// <summary>The longest command line, without its zero.</summary>
    public const int CommandLineLength = 0xFFF;

    /// <summary>PML4, page-directory-pointer table and four page directories.</summary>
    public const uint PageTables = 0x9_3000;

    /// <summary>Multiboot information: structure, memory map, modules, their command lines.</summary>
    public const uint MultibootInformation = 0x9_9000;

    /// <summary>The stack of the 32- and 64-bit entries, downwards.</summary>
    public const uint StackTop = 0x9_F000;

    /// <summary>End of conventional memory: the extended BIOS data area, 1 KiB.</summary>
    public const uint ExtendedBiosData = 0x9_FC00;

    /// <summary>End of what the loaders use below the devices' area.</summary>
    public const uint End = 0xA_0000;

    /// <summary>The firmware's tables, up to 1 MiB.</summary>
    public const uint Firmware = 0xE_0000;

    /// <summary>End of the firmware's tables, and begin of extended memory.</summary>
    public const uint ExtendedMemory = 0x10_0000;
}
