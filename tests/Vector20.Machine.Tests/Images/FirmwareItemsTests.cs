using System.Buffers.Binary;
using Vector20.Machine.Images;
using Vector20.Machine.Platform.Qemu;
using static Vector20.Machine.Tests.Images.ImageBuilder;

namespace Vector20.Machine.Tests.Images;

[Manual("fw_cfg", "Firmware Configuration Items", "QEMU Firmware Configuration (fw_cfg) Device")]
public class FirmwareItemsTests
{
    private static readonly BootOptions s_options = new()
    {
        MemorySize = 16 << 20, Processors = 3, CommandLine = "quiet", Modules = [new BootModule(File([9, 8, 7]), "")],
    };

    [Fact]
    public void The_machine_is_described_whatever_the_image()
    {
        Dictionary<ushort, byte[]> items = Items([0xF4], s_options with { FlatAddress = 0x7C00, Modules = [], CommandLine = "" });
        Assert.Equal(new byte[] { 3, 0 }, items[(ushort)FirmwareKey.Processors]);
        Assert.Equal(new byte[] { 3, 0 }, items[(ushort)FirmwareKey.MostProcessors]);
        Assert.Equal(16ul << 20, BinaryPrimitives.ReadUInt64LittleEndian(items[(ushort)FirmwareKey.RamSize]));
        Assert.Equal(16, items[(ushort)FirmwareKey.Uuid].Length);
        Assert.False(items.ContainsKey((ushort)FirmwareKey.KernelData));
    }

    [Fact]
    public void A_Linux_image_is_there_with_its_disk_and_its_command_line()
    {
        byte[] image = Linux([0xF4], [0xF4]);
        Dictionary<ushort, byte[]> items = Items(image, s_options);
        Assert.Equal(image[..0x400], items[(ushort)FirmwareKey.SetupData]);
        Assert.Equal(image[0x400..], items[(ushort)FirmwareKey.KernelData]);
        Assert.Equal(new byte[] { 9, 8, 7 }, items[(ushort)FirmwareKey.InitrdData]);
        Assert.Equal([.. "quiet\0"u8], items[(ushort)FirmwareKey.CommandLineData]);
        Assert.Equal((0x400u, 0x400u, 3u, 6u), (Number(FirmwareKey.SetupSize), Number(FirmwareKey.KernelSize), Number(FirmwareKey.InitrdSize), Number(FirmwareKey.CommandLineSize)));
        Assert.Equal(0x10_0000u, Number(FirmwareKey.KernelAddress));
        Assert.Equal(0xFF_F000u, Number(FirmwareKey.InitrdAddress));

        uint Number(FirmwareKey key) => BinaryPrimitives.ReadUInt32LittleEndian(items[(ushort)key]);
    }

    private static Dictionary<ushort, byte[]> Items(byte[] image, BootOptions options)
    {
        ImageFile file = File(image);
        Assert.True(ImageLoader.Plan(file, options).TryGet(out BootPlan? plan, out ImageError error), error.ToString());
        return FirmwareItems.Of(file, options, plan, []).ToDictionary(item => item.Key, item => item.Bytes.ToArray());
    }
}
