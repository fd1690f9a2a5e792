using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Platform.Video;
using Vector20.Machine.Scheduling;

namespace Vector20.Machine.Tests.Platform;

/// <summary>Keyboard controller, PCI, ACPI, video and the small ports.</summary>
public class SmallDeviceTests
{
    [Fact]
    [Manual("IBM PS/2", "Keyboards (101- and 102-Key)", "Hardware Interface Technical Reference")]
    public void The_keyboard_controller_and_the_keyboard_pass_their_self_tests()
    {
        using var pc = new PcFixture();
        pc.Out(0x64, 0xAA);
        Assert.Equal(0x55, pc.In(0x60));
        pc.Out(0x64, 0xAB);
        Assert.Equal(0x00, pc.In(0x60));
        pc.Out(0x60, 0xFF);
        Assert.Equal((0xFA, 0xAA), (pc.In(0x60), pc.In(0x60)));
        pc.Out(0x60, 0xF2);
        Assert.Equal((0xFA, 0xAB, 0x83), (pc.In(0x60), pc.In(0x60), pc.In(0x60)));
        Assert.Equal(0, pc.In(0x64) & 1);
    }

    [Fact]
    public void A_key_interrupts_and_its_code_is_read()
    {
        using var pc = new PcFixture();
        pc.InitializePics();
        pc.Pc.Keyboard.Type([0x1E, 0x9E]);
        Assert.Equal(9, pc.Pc.Pics.Acknowledge());
        Assert.Equal(1, pc.In(0x64) & 1);
        Assert.Equal((0x1E, 0x9E), (pc.In(0x60), pc.In(0x60)));
        pc.Out(0x64, 0xAD);
        pc.Pc.Keyboard.Type([0x1E]);
        Assert.Equal(0, pc.In(0x64) & 1);
    }

    [Fact]
    [Manual("IBM PS/2", "Keyboard and Auxiliary Device Controller", "Hardware Interface Technical Reference")]
    public void The_command_byte_and_the_output_port_are_read_back()
    {
        using var pc = new PcFixture();
        pc.Out(0x64, 0x60);
        pc.Out(0x60, 0x47);
        pc.Out(0x64, 0x20);
        Assert.Equal(0x47, pc.In(0x60));
        pc.Out(0x64, 0xD1);
        pc.Out(0x60, 0xDD);
        pc.Out(0x64, 0xD0);
        Assert.Equal(0xDD, pc.In(0x60));
    }

    [Theory]
    [InlineData(0x64, 0xFE)]
    [InlineData(0x92, 0x01)]
    [InlineData(0xCF9, 0x06)]
    public void The_reset_lines_end_the_run(ushort port, byte value)
    {
        using var pc = new PcFixture();
        Assert.Equal(RunEnd.Reset, EndOf(pc, () => pc.Out(port, value)).End);
        Assert.Equal(RunEnd.Limit, EndOf(pc, () => pc.Out(port, 0)).End);
    }

    [Fact]
    public void The_exit_port_ends_the_run_with_an_odd_status()
    {
        using var pc = new PcFixture();
        RunResult result = EndOf(pc, () => pc.Computer.Devices.WritePort(0xF4, 4, 0x10));
        Assert.Equal((RunEnd.ExitPort, 0x21), (result.End, result.Code));
    }

    [Fact]
    [Manual("ACPI", "4.8.3.2.1", "PM1 Control Registers")]
    public void ACPI_switches_off_on_the_soft_off_sleep_type_only()
    {
        using var pc = new PcFixture();
        Assert.Equal(1u, pc.Computer.Devices.ReadPort(PlatformLayout.PowerControlPort, 2));
        uint off = (uint)PlatformLayout.SoftOffSleepType << 10 | 1 << 13, other = (PlatformLayout.SoftOffSleepType ^ 1u) << 10 | 1 << 13;
        Assert.Equal(RunEnd.Limit, EndOf(pc, () => pc.Computer.Devices.WritePort(PlatformLayout.PowerControlPort, 2, other)).End);
        Assert.Equal(RunEnd.PowerOff, EndOf(pc, () => pc.Computer.Devices.WritePort(PlatformLayout.PowerControlPort, 2, off)).End);
    }

    [Fact]
    public void The_word_Shutdown_at_8900H_switches_off()
    {
        using var pc = new PcFixture();
        Assert.Equal(RunEnd.Limit, EndOf(pc, () => pc.Out(0x8900, [.. "ShutDown"u8])).End);
        Assert.Equal(RunEnd.PowerOff, EndOf(pc, () => pc.Out(0x8900, [.. "ShShutdown"u8])).End);
    }

    [Fact]
    [Manual("ACPI", "4.8.3.3", "Power Management Timer (PM_TMR)")]
    [Manual("ACPI", "4.8", "ACPI Register Model")]
    public void The_power_management_timer_counts_3579545_a_second_in_24_bits_and_notes_each_carry()
    {
        using var pc = new PcFixture();
        pc.Pass(PcFixture.Second);
        Assert.Equal(3_579_545u, pc.Computer.Devices.ReadPort(PlatformLayout.PowerTimerPort, 4));
        Assert.Equal(0u, pc.Computer.Devices.ReadPort(PlatformLayout.PowerEventPort, 2));
        pc.Pass(4 * PcFixture.Second);
        Assert.Equal(5 * 3_579_545u & 0xFF_FFFF, pc.Computer.Devices.ReadPort(PlatformLayout.PowerTimerPort, 4));
        Assert.Equal(1u, pc.Computer.Devices.ReadPort(PlatformLayout.PowerEventPort, 2));
        pc.Computer.Devices.WritePort(PlatformLayout.PowerEventPort, 2, 1);
        Assert.Equal(0u, pc.Computer.Devices.ReadPort(PlatformLayout.PowerEventPort, 2));
    }

    [Fact]
    public void The_timer_s_carry_interrupts_where_it_is_enabled()
    {
        using var pc = new PcFixture();
        pc.InitializePics();
        pc.Computer.Devices.WritePort(PlatformLayout.PowerEventPort + 2, 2, 1);
        pc.Pass(2 * PcFixture.Second);
        Assert.False(pc.Intr);
        pc.Pass(PcFixture.Second);
        Assert.Equal(0x71, pc.Pc.Pics.Acknowledge());
    }

    [Fact]
    [Manual("PCI", "3.2.2.3.2", "Software Generation of Configuration Transactions")]
    public void PCI_has_a_host_bridge_and_all_ones_elsewhere()
    {
        using var pc = new PcFixture();
        Assert.Equal(0x1237_8086u, Configuration(0x8000_0000));
        Assert.Equal(0x0600_0002u, Configuration(0x8000_0008));
        Assert.Equal(uint.MaxValue, Configuration(0x8000_0800));
        Assert.Equal(uint.MaxValue, Configuration(0x8001_0000));
        Assert.Equal(uint.MaxValue, Configuration(0x0000_0000));
        pc.Computer.Devices.WritePort(0xCF8, 4, 0x8000_0000);
        Assert.Equal(0x1237u, pc.Computer.Devices.ReadPort(0xCFE, 2));

        uint Configuration(uint address)
        {
            pc.Computer.Devices.WritePort(0xCF8, 4, address);
            return pc.Computer.Devices.ReadPort(0xCFC, 4);
        }
    }

    [Fact]
    [Manual("VGA", "CRT Controller Registers", "IBM VGA Technical Reference")]
    public void The_text_screen_and_its_cursor_can_be_read()
    {
        using var pc = new PcFixture();
        byte[] text = [.. "Hi \u0001"u8];
        for (int i = 0; i < text.Length; i++) pc.Computer.Memory.Write(new PhysicalAddress(PlatformLayout.TextScreen + 160u + 2u * (uint)i), text[i]);
        Assert.Equal(25, TextScreen.Read(pc.Computer.Memory).Count);
        Assert.Equal("Hi ☺", TextScreen.Read(pc.Computer.Memory)[1]);
        pc.Computer.Devices.WritePort(0x3D4, 2, 0x010E);
        pc.Computer.Devices.WritePort(0x3D4, 2, 0x020F);
        Assert.Equal(0x102, pc.Pc.Video.Cursor);
    }

    [Fact]
    public void A_code_page_has_256_characters()
    {
        Assert.Equal('é', TextScreen.Character(0x82));
        Assert.Equal('░', TextScreen.Character(0xB0));
        Assert.Equal(' ', TextScreen.Character(0xFF));
        Assert.Equal('■', TextScreen.Character(0xFE));
        Assert.Equal('▼', TextScreen.Character(0x1F));
    }

    [Fact]
    public void Where_no_device_is_reads_are_all_ones()
    {
        using var pc = new PcFixture();
        Assert.Equal(0xFFu, pc.Computer.Devices.ReadPort(0x1234, 1));
        Assert.Equal(0xFFFF_FFFFu, pc.Computer.Devices.ReadPort(0x1234, 4));
    }

    [Fact]
    public void Devices_copied_to_another_computer_go_on_alike()
    {
        using var pc = new PcFixture();
        pc.InitializePics();
        pc.Out(0x43, 0x34);
        pc.Out(0x40, 0x00, 0x10);
        pc.Pass(1_234_567);
        using var pool = new FramePool();
        using var other = new Computer(pc.Computer.Options, pool);
        other.Scheduler.State = pc.Computer.Scheduler.State;
        StandardPc copy = pc.Pc.CopyTo(other);
        for (int i = 0; i < copy.Devices.Count; i++) Assert.Equal(pc.Pc.Devices[i].StateBytes, copy.Devices[i].StateBytes);
        Assert.Equal(pc.Pc.Timer.NextDeadline, copy.Timer.NextDeadline);
        pc.Out(0x43, 0x00);
        other.Devices.WritePort(0x43, 1, 0);
        Assert.Equal(pc.In(0x40), other.Devices.ReadPort(0x40, 1));
    }

    /// <summary>How the run ends in which a device acts.</summary>
    private static RunResult EndOf(PcFixture pc, Action act)
    {
        pc.Computer.Scheduler.Add(new Act(pc.Computer.Now + 10, act));
        return pc.Pass(20);
    }

    private sealed class Act(ulong due, Action act) : ITimedDevice
    {
        private bool _done;

        public ulong NextDeadline => _done ? ulong.MaxValue : due;

        public void Advance()
        {
            _done = true;
            act();
        }
    }
}
