namespace Vector20.Machine.Tests.Platform;

/// <summary>The MC146818: the date, its formats and its three interrupts.</summary>
[Manual("MC146818", "Registers", "MC146818 Real-Time Clock")]
public class RealTimeClockTests
{
    [Fact]
    public void The_date_is_the_start_plus_the_machine_s_time()
    {
        using var pc = new PcFixture();
        pc.Pass((31 * 86_400 + 3_723) * PcFixture.Second);
        Assert.Equal([0x03, 0x02, 0x01], [Read(pc, 0), Read(pc, 2), Read(pc, 4)]);
        Assert.Equal([0x05, 0x01, 0x02, 0x24, 0x20], [Read(pc, 6), Read(pc, 7), Read(pc, 8), Read(pc, 9), Read(pc, 0x32)]);
    }

    [Fact]
    [Manual("MC146818", "Time, Calendar and Alarm Locations", "MC146818 Real-Time Clock")]
    public void Binary_and_12_hours_are_formats_of_the_same_time()
    {
        using var pc = new PcFixture();
        pc.Pass(47_000 * PcFixture.Second);
        Write(pc, 0xB, 0x04);
        Assert.Equal((20, 3, 0x81), (Read(pc, 0), Read(pc, 2), Read(pc, 4)));
        Write(pc, 0xB, 0x06);
        Assert.Equal(13, Read(pc, 4));
    }

    [Fact]
    public void A_time_that_is_set_goes_on_from_there()
    {
        using var pc = new PcFixture();
        Write(pc, 0xB, 0x82);
        Write(pc, 0, 0x58);
        Write(pc, 2, 0x59);
        Write(pc, 4, 0x23);
        Write(pc, 7, 0x31);
        Write(pc, 8, 0x12);
        pc.Pass(10 * PcFixture.Second);
        Assert.Equal(0x58, Read(pc, 0));
        Write(pc, 0xB, 0x02);
        pc.Pass(3 * PcFixture.Second);
        Assert.Equal((0x01, 0x00, 0x00, 0x01, 0x01, 0x25), (Read(pc, 0), Read(pc, 2), Read(pc, 4), Read(pc, 7), Read(pc, 8), Read(pc, 9)));
    }

    [Fact]
    public void The_periodic_interrupt_comes_at_its_rate_and_once_until_register_C_is_read()
    {
        using var pc = new PcFixture();
        pc.InitializePics();
        Write(pc, 0xA, 0x26);
        Write(pc, 0xB, 0x42);
        int interrupts = 0;
        for (int i = 0; i < 4096; i++)
        {
            pc.Pass(PcFixture.Second / 4096 + 1);
            if (!pc.Intr) continue;
            interrupts++;
            Assert.Equal(0x70, pc.Pc.Pics.Acknowledge());
            Assert.Equal(0xC0, Read(pc, 0xC) & 0xC0);
            pc.Out(0xA0, 0x20);
            pc.Out(0x20, 0x20);
        }

        Assert.InRange(interrupts, 1023, 1025);
        pc.Pass(PcFixture.Second);
        Assert.Equal(0x70, pc.Pc.Pics.Acknowledge());
        pc.Out(0xA0, 0x20);
        pc.Out(0x20, 0x20);
        pc.Pass(PcFixture.Second);
        Assert.False(pc.Intr);
    }

    [Fact]
    public void The_update_interrupt_comes_each_second_and_the_alarm_at_its_time()
    {
        using var pc = new PcFixture();
        Write(pc, 1, 0x05);
        Write(pc, 3, 0xC0);
        Write(pc, 5, 0xC0);
        Write(pc, 0xB, 0x32);
        for (int second = 1; second <= 6; second++)
        {
            pc.Pass(PcFixture.Second);
            Assert.Equal(0x90 | (second == 5 ? 0x20 : 0), Read(pc, 0xC) & 0xB0);
        }
    }

    [Fact]
    public void Update_in_progress_shows_just_before_the_second_ends()
    {
        using var pc = new PcFixture();
        Assert.Equal(0, Read(pc, 0xA) & 0x80);
        pc.Pass(PcFixture.Second - 100_000);
        Assert.Equal(0x80, Read(pc, 0xA) & 0x80);
        pc.Pass(200_000);
        Assert.Equal(0, Read(pc, 0xA) & 0x80);
    }

    [Fact]
    public void The_rest_is_memory_and_holds_the_memory_s_size()
    {
        using var pc = new PcFixture(new ComputerOptions { MemorySize = 64 << 20 });
        Write(pc, 0x0F, 0x5A);
        Assert.Equal(0x5A, Read(pc, 0x0F));
        Assert.Equal(640, Read(pc, 0x15) | Read(pc, 0x16) << 8);
        Assert.Equal(63 * 1024, Read(pc, 0x30) | Read(pc, 0x31) << 8);
        Assert.Equal(48 * 16, Read(pc, 0x34) | Read(pc, 0x35) << 8);
        Assert.Equal(0x80, Read(pc, 0x0D));
    }

    private static byte Read(PcFixture pc, byte index)
    {
        pc.Out(0x70, index);
        return pc.In(0x71);
    }

    private static void Write(PcFixture pc, byte index, byte value)
    {
        pc.Out(0x70, index);
        pc.Out(0x71, value);
    }
}
