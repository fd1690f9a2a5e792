using System.Buffers.Binary;
using System.Text;
using Vector20.Machine.Images.Linux;
using Vector20.Machine.Platform.Qemu;

namespace Vector20.Machine.Images;

/// <summary>What the fw_cfg device tells of a boot: the machine, and a Linux image with what it is loaded with.</summary>
public static class FirmwareItems
{
    private const uint SetupAddress = 0x1_0000;

    /// <summary>The items of an image that is laid out, and others, which may say otherwise.</summary>
    public static IReadOnlyList<FirmwareItem> Of(ImageFile file, BootOptions options, BootPlan plan, IEnumerable<FirmwareItem> others) =>
    [
        FirmwareItem.Of(FirmwareKey.Uuid, new byte[16]),
        FirmwareItem.Of(FirmwareKey.RamSize, Number(options.MemorySize, 8)),
        FirmwareItem.Of(FirmwareKey.NoGraphic, Number(0, 2)),
        FirmwareItem.Of(FirmwareKey.Processors, Number((uint)options.Processors, 2)),
        FirmwareItem.Of(FirmwareKey.MostProcessors, Number((uint)options.Processors, 2)),
        .. Linux(file, options, plan),
        .. others,
    ];

    /// <summary>A Linux image as an option ROM would load it: its real-mode part, its kernel, its disk and its command line.</summary>
    private static IEnumerable<FirmwareItem> Linux(ImageFile file, BootOptions options, BootPlan plan)
    {
        if (plan.Format != ImageFormat.Linux || !LinuxSetup.Parse(file).TryGet(out LinuxSetup? setup, out _)) return [];
        ReadOnlyMemory<byte> disk = options.Modules.Count > 0 ? options.Modules[0].File.Bytes : default;
        ulong diskAddress = options.Modules.Count > 0 ? plan.Pieces.First(piece => piece.Bytes.Equals(disk)).Address : 0;
        byte[] commandLine = Encoding.Latin1.GetBytes(options.CommandLine + '\0');
        return
        [
            .. Loaded(FirmwareKey.SetupAddress, FirmwareKey.SetupSize, FirmwareKey.SetupData, SetupAddress, file.Bytes[..setup.SetupLength]),
            .. Loaded(FirmwareKey.KernelAddress, FirmwareKey.KernelSize, FirmwareKey.KernelData, setup.LoadAddress, file.Bytes[setup.SetupLength..]),
            .. Loaded(FirmwareKey.InitrdAddress, FirmwareKey.InitrdSize, FirmwareKey.InitrdData, diskAddress, disk),
            .. Loaded(FirmwareKey.CommandLineAddress, FirmwareKey.CommandLineSize, FirmwareKey.CommandLineData, LowMemory.CommandLine, commandLine),
        ];
    }

    private static FirmwareItem[] Loaded(FirmwareKey address, FirmwareKey size, FirmwareKey data, ulong where, ReadOnlyMemory<byte> bytes) =>
        [FirmwareItem.Of(address, Number(where, 4)), FirmwareItem.Of(size, Number((uint)bytes.Length, 4)), FirmwareItem.Of(data, bytes)];

    private static byte[] Number(ulong value, int bytes)
    {
        var number = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, value);
        return number[..bytes];
    }
}
