using Vector20.Machine.Apic;
using Vector20.Machine.Platform;

namespace Vector20.Machine.Tests.Platform;

/// <summary>The high precision event timer, on a machine of 1 GHz: a period of its counter is 100 ticks.</summary>
[Manual("HPET", "General Capabilities and ID Register", "IA-PC HPET Specification 1.0a")]
public class HpetTests
{
    private const ulong Period = PcFixture.Second / 10_000_000;
    private const int Configuration = 0x10, Status = 0x20, Counter = 0xF0, Timer0 = 0x100, Timer1 = 0x120, Timer2 = 0x140, Comparator = 8, TaskPriority = 0x80, EndOfInterrupt = 0xB0;
    private const ulong Level = 1 << 1, Interrupt = 1 << 2, Periodic = 1 << 3, SetsComparator = 1 << 6, Narrow = 1 << 8;

    [Fact]
    [Manual("HPET", "General Configuration Register", "IA-PC HPET Specification 1.0a")]
    public void The_counter_counts_10_million_a_second_while_it_is_enabled()
    {
        using var pc = new PcFixture();
        Assert.Equal(0x05F5_E100_8086_A201ul, Read(pc, 0));
        pc.Pass(PcFixture.Second);
        Assert.Equal(0ul, Read(pc, Counter));
        Write(pc, Configuration, 1);
        pc.Pass(PcFixture.Second);
        Assert.Equal(10_000_000ul, Read(pc, Counter));
        Write(pc, Configuration, 0);
        pc.Pass(PcFixture.Second);
        Assert.Equal(10_000_000ul, Read(pc, Counter));
        Write(pc, Counter, 0xFFFF_FFFF_FFFF_FFFF);
        Write(pc, Configuration, 1);
        pc.Pass(Period);
        Assert.Equal(0ul, Read(pc, Counter));
    }

    [Fact]
    public void Registers_are_read_and_written_in_halves_too()
    {
        using var pc = new PcFixture();
        Write(pc, Counter, 0x1111_2222_3333_4444);
        Assert.Equal(0x1111_2222ul, Read(pc, Counter + 4, 4));
        Write(pc, Counter + 4, 0xAAAA_BBBB, 4);
        Assert.Equal(0xAAAA_BBBB_3333_4444ul, Read(pc, Counter));
        Assert.Equal(0ul, Read(pc, 0x160));
        Assert.Equal(0ul, Read(pc, 0x3F8));
    }

    [Fact]
    [Manual("HPET", "Timer N Configuration and Capabilities Register", "IA-PC HPET Specification 1.0a")]
    public void A_route_that_the_timer_does_not_have_is_not_taken_over()
    {
        using var pc = new PcFixture();
        Assert.Equal(0x00FF_0000_0000_0030ul, Read(pc, Timer2));
        Write(pc, Timer2, 20ul << 9);
        Assert.Equal(20ul, Read(pc, Timer2) >> 9 & 31);
        Write(pc, Timer2, 3ul << 9 | Interrupt);
        Assert.Equal(20ul, Read(pc, Timer2) >> 9 & 31);
        Assert.Equal(Interrupt, Read(pc, Timer2) & Interrupt);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Manual("HPET", "Timer N Comparator Value Register", "IA-PC HPET Specification 1.0a")]
    public void A_one_shot_timer_interrupts_once_where_it_is_enabled(bool enabled)
    {
        using var pc = new PcFixture();
        Unmask(pc, 20, 0x61);
        Write(pc, Timer2 + Comparator, 1000);
        Write(pc, Timer2, 20ul << 9 | (enabled ? Interrupt : 0));
        Write(pc, Configuration, 1);
        pc.Pass(1000 * Period - 1);
        Assert.Equal(-1, Take(pc));
        pc.Pass(1);
        Assert.Equal(enabled ? 0x61 : -1, Take(pc));
        pc.Pass(PcFixture.Second);
        Assert.Equal(-1, Take(pc));
    }

    [Fact]
    public void A_timer_that_is_enabled_while_the_counter_stands_waits_for_it()
    {
        using var pc = new PcFixture();
        Unmask(pc, 20, 0x61);
        Write(pc, Timer2 + Comparator, 10);
        Write(pc, Timer2, 20ul << 9 | Interrupt);
        pc.Pass(PcFixture.Second);
        Assert.Equal(-1, Take(pc));
        Assert.Equal(ulong.MaxValue, pc.Pc.EventTimer!.NextDeadline);
    }

    [Fact]
    [Manual("HPET", "Timer N Comparator Value Register", "IA-PC HPET Specification 1.0a")]
    public void A_periodic_timer_interrupts_again_and_again()
    {
        using var pc = new PcFixture();
        Unmask(pc, 16, 0x62);
        Write(pc, Timer0, 16ul << 9 | Interrupt | Periodic | SetsComparator);
        Write(pc, Timer0 + Comparator, 500);
        Assert.Equal(0ul, Read(pc, Timer0) & SetsComparator);
        Write(pc, Timer0 + Comparator, 200);
        Assert.Equal(500ul, Read(pc, Timer0 + Comparator));
        Write(pc, Configuration, 1);
        pc.Pass(499 * Period);
        Assert.Equal(-1, Take(pc));
        pc.Pass(Period);
        Assert.Equal(0x62, Take(pc));
        for (int i = 0; i < 5; i++)
        {
            pc.Pass(199 * Period);
            Assert.Equal(-1, Take(pc));
            pc.Pass(Period);
            Assert.Equal(0x62, Take(pc));
        }

        Assert.Equal(1700ul, Read(pc, Timer0 + Comparator));
    }

    [Fact]
    public void A_periodic_timer_without_interrupt_keeps_its_phase()
    {
        using var pc = new PcFixture();
        Write(pc, Timer0, Periodic | SetsComparator);
        Write(pc, Timer0 + Comparator, 300);
        Write(pc, Configuration, 1);
        pc.Pass(1000 * Period);
        Assert.Equal(1200ul, Read(pc, Timer0 + Comparator));
    }

    [Fact]
    [Manual("HPET", "General Interrupt Status Register", "IA-PC HPET Specification 1.0a")]
    public void A_level_triggered_timer_holds_its_input_until_its_status_is_cleared()
    {
        using var pc = new PcFixture();
        Unmask(pc, 17, 0x63, level: true);
        Write(pc, Timer1 + Comparator, 10);
        Write(pc, Timer1, 17ul << 9 | Interrupt | Level);
        Write(pc, Configuration, 1);
        pc.Pass(10 * Period);
        Assert.Equal(2ul, Read(pc, Status));
        Assert.Equal(0x63, Take(pc));
        Assert.Equal(0x63, Take(pc));
        Write(pc, Status, 1);
        Assert.Equal(0x63, Take(pc));
        Write(pc, Status, 2);
        Assert.Equal(0ul, Read(pc, Status));
        Take(pc);
        Assert.Equal(-1, Take(pc));
    }

    [Fact]
    public void A_narrow_timer_meets_the_counter_s_lower_half_each_time_around()
    {
        using var pc = new PcFixture();
        Unmask(pc, 20, 0x61);
        Write(pc, Counter, 0x7_FFFF_FFF0);
        Write(pc, Timer2, 20ul << 9 | Interrupt | Narrow);
        Write(pc, Timer2 + Comparator, 0xFF_0000_0010);
        Assert.Equal(0x10ul, Read(pc, Timer2 + Comparator));
        Write(pc, Configuration, 1);
        pc.Pass(0x1F * Period);
        Assert.Equal(-1, Take(pc));
        pc.Pass(Period);
        Assert.Equal(0x61, Take(pc));
        pc.Pass(Period << 32);
        Assert.Equal(0x61, Take(pc));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Manual("HPET", "General Configuration Register", "IA-PC HPET Specification 1.0a")]
    public void Timer_0_can_have_the_line_of_the_8254(bool replaced)
    {
        using var pc = new PcFixture();
        Unmask(pc, 2, 0x64);
        Write(pc, Timer0 + Comparator, 100_000);
        Write(pc, Timer0, Interrupt);
        pc.Out(0x43, 0x34);
        pc.Out(0x40, 0x40, 0x00);
        Write(pc, Configuration, replaced ? 3ul : 1);
        Take(pc);

        // The 8254 counts 64 in 54 microseconds, the event timer 100,000 in 10 milliseconds.
        pc.Pass(PcFixture.Second / 1000);
        Assert.Equal(replaced ? -1 : 0x64, Take(pc));
        pc.Pass(9 * PcFixture.Second / 1000);
        Assert.Equal(0x64, Take(pc));
        Write(pc, Configuration, 1);
        pc.Pass(PcFixture.Second / 1000);
        Assert.Equal(0x64, Take(pc));
    }

    [Fact]
    public void Timer_1_can_have_the_line_of_the_real_time_clock_at_the_8259s()
    {
        using var pc = new PcFixture();
        pc.InitializePics();
        Write(pc, Timer1 + Comparator, 10);
        Write(pc, Timer1, Interrupt);
        Write(pc, Configuration, 3);
        pc.Pass(10 * Period);
        Assert.Equal(0x70, pc.Pc.Pics.Acknowledge());
    }

    [Fact]
    public void A_PC_may_be_without_it()
    {
        using var pc = new PcFixture(devices: new PcOptions { Hpet = false });
        Assert.Equal(ulong.MaxValue, Read(pc, 0));
        Assert.Null(pc.Pc.EventTimer);
    }

    [Fact]
    public void The_next_interrupt_s_time_is_known()
    {
        using var pc = new PcFixture();
        Write(pc, Timer0 + Comparator, 42);
        Write(pc, Timer0, 16ul << 9 | Interrupt);
        Write(pc, Configuration, 1);
        Assert.Equal(pc.Computer.Now + 42 * Period, pc.Pc.EventTimer!.NextDeadline);
    }

    private static ulong Read(PcFixture pc, int register, int size = 8) => pc.Computer.Devices.ReadMemory(PlatformLayout.HpetBase + (uint)register, size);

    private static void Write(PcFixture pc, int register, ulong value, int size = 8) => pc.Computer.Devices.WriteMemory(PlatformLayout.HpetBase + (uint)register, size, value);

    /// <summary>Makes an input of the I/O APIC a fixed interrupt for processor 0, whose APIC is software-enabled and holds interrupts back.</summary>
    private static void Unmask(PcFixture pc, uint input, byte vector, bool level = false)
    {
        pc.Computer.Processors[0].Apic.Write(0xF0, 4, 0x1FF);
        pc.Computer.Processors[0].Apic.Write(TaskPriority, 4, 0xF0);
        pc.Computer.Devices.WriteMemory(PlatformLayout.IoApicBase, 4, 0x10 + 2 * input);
        pc.Computer.Devices.WriteMemory(PlatformLayout.IoApicBase + 0x10, 4, vector | (level ? 1u << 15 : 0));
    }

    /// <summary>The vector that the local APIC has to deliver, which is delivered and ended; -1 for none.</summary>
    private static int Take(PcFixture pc)
    {
        LocalApic apic = pc.Computer.Processors[0].Apic;
        apic.Write(TaskPriority, 4, 0);
        int vector = apic.HasDeliverableInterrupt ? apic.AcknowledgeInterrupt().Vector : -1;
        if (vector >= 0) apic.Write(EndOfInterrupt, 4, 0);
        apic.Write(TaskPriority, 4, 0xF0);
        return vector;
    }
}
