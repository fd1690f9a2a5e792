using System.Text;
using Vector20.Machine.Platform;
using Vector20.Machine.Platform.Qemu;

namespace Vector20.Machine.Tests.Platform;

/// <summary>fw_cfg and the test device.</summary>
public class QemuDeviceTests
{
    private static readonly PcOptions s_options = new()
    {
        TestDevice = true,
        FirmwareItems = [FirmwareItem.Of(FirmwareKey.Processors, new byte[] { 3, 0 }), FirmwareItem.File("opt/b", "second"u8.ToArray()), FirmwareItem.File("opt/a", "first"u8.ToArray())],
    };

    [Fact]
    [Manual("fw_cfg", "Guest-side Hardware Interface", "QEMU Firmware Configuration (fw_cfg) Device")]
    [Manual("fw_cfg", "Firmware Configuration Items", "QEMU Firmware Configuration (fw_cfg) Device")]
    public void An_item_is_read_byte_by_byte_and_zeros_behind_its_end()
    {
        using var pc = new PcFixture(devices: s_options);
        Assert.Equal("QEMU\0\0", Item(pc, 0, 6));
        Assert.Equal("\u0001\0\0\0", Item(pc, 1, 4));
        Assert.Equal("\u0003\0\0", Item(pc, 5, 3));
        Assert.Equal("\0\0", Item(pc, 0x3F00, 2));
    }

    [Fact]
    [Manual("fw_cfg", "Guest-side Hardware Interface", "QEMU Firmware Configuration (fw_cfg) Device")]
    public void Selecting_begins_at_the_first_byte_again_and_writing_changes_nothing()
    {
        using var pc = new PcFixture(devices: s_options);
        Assert.Equal("QE", Item(pc, 0, 2));
        Assert.Equal("QE", Item(pc, 0x4000, 2));
        pc.Out(0x511, (byte)'x');
        Assert.Equal('M', (char)pc.In(0x511));
        pc.Out(0x510, 1);
        Assert.Equal('U', (char)pc.In(0x511));
        Assert.Equal("QEMU", Item(pc, 0, 4));
    }

    [Fact]
    [Manual("fw_cfg", "Firmware Configuration Items", "QEMU Firmware Configuration (fw_cfg) Device")]
    public void The_directory_lists_the_files_by_name_with_big_endian_numbers()
    {
        using var pc = new PcFixture(devices: s_options);
        string directory = Item(pc, 0x19, 4 + 2 * 64);
        Assert.Equal("\0\0\0\u0002", directory[..4]);
        Assert.Equal("\0\0\0\u0005\0\u0020\0\0opt/a\0", directory[4..18]);
        Assert.Equal("\0\0\0\u0006\0\u0021\0\0opt/b\0", directory[68..82]);
        Assert.Equal("first\0", Item(pc, 0x20, 6));
        Assert.Equal("second\0", Item(pc, 0x21, 7));
        Assert.Equal("\0", Item(pc, 0x22, 1));
    }

    [Fact]
    public void There_is_no_DMA_interface()
    {
        using var pc = new PcFixture(devices: s_options);
        Assert.Equal(uint.MaxValue, pc.Computer.Devices.ReadPort(0x514, 4));
    }

    [Theory]
    [InlineData(0xE0)]
    [InlineData(0xE8)]
    public void The_test_device_reads_back_four_bytes_in_any_width(ushort port)
    {
        using var pc = new PcFixture(devices: s_options);
        pc.Computer.Devices.WritePort(port, 4, 0x4433_2211);
        Assert.Equal(0x4433_2211u, pc.Computer.Devices.ReadPort(0xE0, 4));
        Assert.Equal(0x4433u, pc.Computer.Devices.ReadPort((ushort)(port + 2), 2));
        pc.Computer.Devices.WritePort((ushort)(port + 1), 1, 0xAA);
        Assert.Equal(0x4433_AA11u, pc.Computer.Devices.ReadPort(0xE8, 4));
        pc.Computer.Devices.WritePort(0xE4, 4, 0x1000);
        Assert.Equal(0x4433_AA11u, pc.Computer.Devices.ReadPort(0xE0, 4));
    }

    [Fact]
    public void Its_lines_reach_the_8259s_and_the_IO_APIC()
    {
        using var pc = new PcFixture(devices: s_options);
        pc.InitializePics();
        pc.Out(0x2005, 1);
        Assert.True(pc.Intr);
        pc.Out(0x2005, 0);
        Assert.False(pc.Intr);
        Select(pc, 23, vector: 0x51);
        pc.Out(0x2017, 1);
        Assert.Equal(0x51, pc.Computer.Processors[0].Apic.AcknowledgeInterrupt().Vector);
        Assert.False(pc.Intr);
    }

    [Fact]
    public void Its_memory_is_64_KiB_in_any_width()
    {
        using var pc = new PcFixture(devices: s_options);
        pc.Computer.Devices.WriteMemory(0xFF00_0010, 8, 0x1122_3344_5566_7788);
        Assert.Equal(0x3344_5566ul, pc.Computer.Devices.ReadMemory(0xFF00_0012, 4));
        pc.Computer.Devices.WriteMemory(0xFF00_FFFE, 4, 0xAABB_CCDD);
        Assert.Equal(0xCCDDul, pc.Computer.Devices.ReadMemory(0xFF00_FFFE, 2));
        Assert.Equal(0xFFul, pc.Computer.Devices.ReadMemory(0xFF01_0000, 1));
    }

    [Fact]
    public void A_PC_without_the_test_device_has_nothing_there()
    {
        using var pc = new PcFixture();
        pc.Computer.Devices.WritePort(0xE0, 4, 0x4433_2211);
        Assert.Equal(uint.MaxValue, pc.Computer.Devices.ReadPort(0xE0, 4));
        pc.InitializePics();
        pc.Out(0x2005, 1);
        Assert.False(pc.Intr);
        pc.Computer.Devices.WriteMemory(0xFF00_0000, 1, 1);
        Assert.Equal(0xFFul, pc.Computer.Devices.ReadMemory(0xFF00_0000, 1));
    }

    /// <summary>Makes an input of the I/O APIC a fixed interrupt, edge-triggered, for processor 0, whose APIC is software-enabled.</summary>
    private static void Select(PcFixture pc, uint input, byte vector)
    {
        pc.Computer.Processors[0].Apic.Write(0xF0, 4, 0x1FF);
        pc.Computer.Devices.WriteMemory(PlatformLayout.IoApicBase, 4, 0x10 + 2 * input);
        pc.Computer.Devices.WriteMemory(PlatformLayout.IoApicBase + 0x10, 4, vector);
    }

    private static string Item(PcFixture pc, ushort key, int length)
    {
        pc.Computer.Devices.WritePort(0x510, 2, key);
        return Encoding.Latin1.GetString([.. Enumerable.Range(0, length).Select(_ => pc.In(0x511))]);
    }
}
