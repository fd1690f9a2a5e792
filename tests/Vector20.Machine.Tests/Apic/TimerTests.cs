using Vector20.Machine.Apic;

namespace Vector20.Machine.Tests.Apic;

/// <summary>The APIC timer in its three modes.</summary>
[Manual("3A", "11.5.4", "APIC Timer")]
public class TimerTests
{
    private const byte Vector = 0x50;
    private const uint Periodic = 1 << 17, TscDeadline = 2 << 17;

    [Theory]
    [InlineData(0b1011u, 1)]
    [InlineData(0b0000u, 2)]
    [InlineData(0b0001u, 4)]
    [InlineData(0b0010u, 8)]
    [InlineData(0b0011u, 16)]
    [InlineData(0b1000u, 32)]
    [InlineData(0b1001u, 64)]
    [InlineData(0b1010u, 128)]
    public void One_shot_fires_once_when_the_divided_count_is_used_up(uint configuration, uint divisor)
    {
        (ApicFixture machine, LocalApic apic) = Start(0, configuration, 100);
        machine.Pass(99 * divisor);
        Assert.Equal(1u, apic.Get(ApicRegister.CurrentCount));
        machine.Pass(divisor - 1);
        Assert.False(apic.Requests(Vector));
        machine.Pass(1);
        Assert.True(Take(apic));
        machine.Pass(1000 * divisor);
        Assert.False(Take(apic));
        Assert.Equal(0u, apic.Get(ApicRegister.CurrentCount));
    }

    [Fact]
    public void Periodic_fires_at_every_period_and_reloads()
    {
        (ApicFixture machine, LocalApic apic) = Start(Periodic, 0b1011, 100);
        for (int i = 0; i < 5; i++)
        {
            machine.Pass(99);
            Assert.False(Take(apic));
            machine.Pass(1);
            Assert.True(Take(apic));
            Assert.Equal(100u, apic.Get(ApicRegister.CurrentCount));
        }

        apic.Set(ApicRegister.InitialCount, 0);
        machine.Pass(1000);
        Assert.False(Take(apic));
    }

    [Fact]
    public void A_masked_timer_counts_but_does_not_interrupt_and_stays_in_step()
    {
        (ApicFixture machine, LocalApic apic) = Start(Periodic | LocalVector.Mask, 0b1011, 100);
        machine.Pass(1_000_030);
        Assert.Equal(70u, apic.Get(ApicRegister.CurrentCount));
        apic.Set(ApicRegister.LvtTimer, Vector | Periodic);
        Assert.False(Take(apic));
        machine.Pass(70);
        Assert.True(Take(apic));
    }

    [Fact]
    public void Changing_the_divisor_goes_on_with_the_count()
    {
        (ApicFixture machine, LocalApic apic) = Start(0, 0b1011, 100);
        machine.Pass(60);
        apic.Set(ApicRegister.DivideConfiguration, 0b0000);
        machine.Pass(79);
        Assert.False(Take(apic));
        machine.Pass(1);
        Assert.True(Take(apic));
    }

    [Fact]
    [Manual("3A", "11.5.4.1", "TSC-Deadline Mode")]
    public void A_TSC_deadline_fires_when_the_counter_reaches_it_and_then_reads_0()
    {
        (ApicFixture machine, LocalApic apic) = Start(TscDeadline, 0b1011, 0);
        machine.TimeStampOffset = 5000;
        apic.TscDeadline = 6000;
        machine.Pass(999);
        Assert.False(Take(apic));
        Assert.Equal(6000ul, apic.TscDeadline);
        machine.Pass(1);
        Assert.True(Take(apic));
        Assert.Equal(0ul, apic.TscDeadline);
    }

    [Fact]
    [Manual("3A", "11.5.4.1", "TSC-Deadline Mode")]
    public void Writing_0_disarms_a_deadline_and_one_in_the_past_fires_at_once()
    {
        (ApicFixture machine, LocalApic apic) = Start(TscDeadline, 0b1011, 0);
        machine.Pass(10);
        apic.TscDeadline = 1000;
        apic.TscDeadline = 0;
        machine.Pass(2000);
        Assert.False(Take(apic));
        apic.TscDeadline = 5;
        Assert.True(Take(apic));
    }

    [Fact]
    [Manual("3A", "11.5.4.1", "TSC-Deadline Mode")]
    public void The_two_kinds_of_timer_exclude_each_other()
    {
        (ApicFixture machine, LocalApic apic) = Start(TscDeadline, 0b1011, 0);
        apic.Set(ApicRegister.InitialCount, 100);
        Assert.Equal(0u, apic.Get(ApicRegister.InitialCount));
        Assert.Equal(0u, apic.Get(ApicRegister.CurrentCount));
        apic.TscDeadline = 500;
        apic.Set(ApicRegister.LvtTimer, Vector);
        apic.Set(ApicRegister.LvtTimer, Vector | TscDeadline);
        machine.Pass(1000);
        Assert.False(Take(apic));
        apic.Set(ApicRegister.LvtTimer, Vector);
        apic.TscDeadline = 1500;
        Assert.Equal(0ul, apic.TscDeadline);
        machine.Pass(1000);
        Assert.False(Take(apic));
    }

    private static (ApicFixture Machine, LocalApic Apic) Start(uint lvt, uint divide, uint count)
    {
        var machine = new ApicFixture(1);
        LocalApic apic = machine.Apics[0];
        apic.Set(ApicRegister.LvtTimer, Vector | lvt);
        apic.Set(ApicRegister.DivideConfiguration, divide);
        apic.Set(ApicRegister.InitialCount, count);
        return (machine, apic);
    }

    private static bool Take(LocalApic apic)
    {
        if (!apic.HasDeliverableInterrupt) return false;
        Assert.Equal(Vector, apic.AcknowledgeInterrupt().Vector);
        apic.Set(ApicRegister.EndOfInterrupt, 0);
        return true;
    }
}
