using Vector20.Machine.Platform.Timers;

namespace Vector20.Machine.Tests.Platform;

/// <summary>The 8254 and port 61H. The fixture's clock is 1 GHz: a count takes 838.1 ticks.</summary>
[Manual("8254", "Mode Definitions", "8254 Programmable Interval Timer")]
public class IntervalTimerTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Counter_0_interrupts_once_a_period(byte mode)
    {
        using var pc = new PcFixture();
        pc.InitializePics();
        pc.Out(0x43, (byte)(0x30 | mode << 1));
        pc.Out(0x40, 0xA9, 0x04);
        int interrupts = 0;
        for (int i = 0; i < 10_000; i++)
        {
            pc.Pass(PcFixture.Second / 10_000);
            if (!pc.Intr) continue;
            interrupts++;
            Assert.Equal(8, pc.Pc.Pics.Acknowledge());
            pc.Out(0x20, 0x20);
        }

        // 1193182 / 1193 = 1000.15 a second.
        Assert.InRange(interrupts, 999, 1001);
    }

    [Fact]
    public void Interrupt_on_terminal_count_comes_once_at_the_exact_tick()
    {
        using var pc = new PcFixture();
        pc.InitializePics();
        pc.Out(0x43, 0x30);
        pc.Out(0x40, 0xE8, 0x03);
        ulong due = (1000 * PcFixture.Second + IntervalTimer.Hertz - 1) / IntervalTimer.Hertz;
        pc.Pass(due - 1);
        Assert.False(pc.Intr);
        pc.Pass(1);
        Assert.True(pc.Intr);
        pc.Pc.Pics.Acknowledge();
        pc.Out(0x20, 0x20);
        pc.Pass(PcFixture.Second);
        Assert.False(pc.Intr);
    }

    [Fact]
    [Manual("8254", "Read Operations", "8254 Programmable Interval Timer")]
    public void A_latched_count_stays_until_both_bytes_are_read()
    {
        using var pc = new PcFixture();
        pc.Out(0x43, 0x34);
        pc.Out(0x40, 0x00, 0x00);
        pc.Pass(1_000_000);
        pc.Out(0x43, 0x00);
        pc.Pass(1_000_000);
        int latched = pc.In(0x40) | pc.In(0x40) << 8, direct = pc.In(0x40) | pc.In(0x40) << 8;
        Assert.Equal(65536 - 1193, latched);
        Assert.Equal(65536 - 2386, direct);
    }

    [Fact]
    [Manual("8254", "Read Operations", "8254 Programmable Interval Timer")]
    public void The_read_back_command_gives_status_before_count()
    {
        using var pc = new PcFixture();
        pc.Out(0x43, 0xB4);
        pc.Out(0x43, 0xE8);
        Assert.Equal(0x80 | 0x40 | 0x34, pc.In(0x42));
        pc.Out(0x42, 0x10, 0x00);
        pc.Out(0x43, 0xC8);
        Assert.Equal(0x80 | 0x34, pc.In(0x42));
        Assert.Equal(0x10, pc.In(0x42) | pc.In(0x42) << 8);
    }

    [Fact]
    [Manual("8254", "Gate Pin Operations Summary", "8254 Programmable Interval Timer")]
    public void Counter_2_counts_while_port_61H_opens_its_gate_and_shows_its_output_there()
    {
        using var pc = new PcFixture();
        pc.Out(0x61, 0x00);
        pc.Out(0x43, 0xB0);
        pc.Out(0x42, 0xE8, 0x03);
        pc.Pass(PcFixture.Second);
        Assert.Equal(0, pc.In(0x61) & 0x20);
        pc.Out(0x61, 0x01);
        pc.Pass(838_000);
        Assert.Equal(0, pc.In(0x61) & 0x20);
        pc.Pass(1_000);
        Assert.Equal(0x20, pc.In(0x61) & 0x20);
    }

    [Fact]
    [Manual("8254", "Programming the 8254", "8254 Programmable Interval Timer")]
    public void A_count_in_BCD_counts_in_tens()
    {
        using var pc = new PcFixture();
        pc.Out(0x43, 0x31);
        pc.Out(0x40, 0x00, 0x20);
        pc.Pass(838_500);
        Assert.Equal(0x1000, pc.In(0x40) | pc.In(0x40) << 8);
    }

    [Fact]
    [Manual("8254", "Write Operations", "8254 Programmable Interval Timer")]
    public void One_byte_access_reads_and_writes_that_byte()
    {
        using var pc = new PcFixture();
        pc.Out(0x43, 0x24);
        pc.Out(0x40, 0x12);
        Assert.Equal(0x12, pc.In(0x40));
        Assert.Equal(0x12, pc.In(0x40));
    }

    [Fact]
    public void The_refresh_bit_toggles_every_15_microseconds()
    {
        using var pc = new PcFixture();
        int toggles = 0, last = 0;
        for (int i = 0; i < 1000; i++)
        {
            pc.Pass(1000);
            int now = pc.In(0x61) & 0x10;
            if (now != last) toggles++;
            last = now;
        }

        Assert.InRange(toggles, 64, 68);
    }
}
