namespace Vector20.Machine.Tests.Platform;

/// <summary>The two 8259s.</summary>
[Manual("8259A", "Interrupt Sequence", "8259A Programmable Interrupt Controller")]
public class PicTests
{
    [Fact]
    public void Each_line_has_its_vector_and_INTR_falls_when_it_is_acknowledged()
    {
        for (int line = 0; line < 16; line++)
        {
            if (line == 2) continue;
            using var pc = new PcFixture();
            pc.InitializePics();
            Assert.False(pc.Intr);
            pc.Pc.Pics.SetInput(line, true);
            Assert.True(pc.Intr);
            Assert.Equal(line < 8 ? 8 + line : 0x70 + line - 8, pc.Pc.Pics.Acknowledge());
            Assert.False(pc.Intr);
        }
    }

    [Fact]
    public void A_masked_line_waits()
    {
        using var pc = Ready();
        pc.Out(0x21, 0x10);
        pc.Pc.Pics.SetInput(4, true);
        Assert.False(pc.Intr);
        pc.Out(0x21, 0x00);
        Assert.True(pc.Intr);
    }

    [Fact]
    public void A_lower_line_waits_for_the_end_of_a_higher_one_and_a_higher_one_does_not_wait()
    {
        using var pc = Ready();
        pc.Pc.Pics.SetInput(3, true);
        pc.Pc.Pics.Acknowledge();
        pc.Pc.Pics.SetInput(4, true);
        Assert.False(pc.Intr);
        pc.Pc.Pics.SetInput(1, true);
        Assert.Equal(9, pc.Pc.Pics.Acknowledge());
        pc.Out(0x20, 0x20);
        Assert.False(pc.Intr);
        pc.Out(0x20, 0x20);
        Assert.Equal(12, pc.Pc.Pics.Acknowledge());
    }

    [Fact]
    public void The_slave_interrupts_through_the_master_and_both_need_an_end()
    {
        using var pc = Ready();
        pc.Pc.Pics.SetInput(8, true);
        Assert.Equal(0x70, pc.Pc.Pics.Acknowledge());
        pc.Out(0x20, 0x0B);
        pc.Out(0xA0, 0x0B);
        Assert.Equal((0x04, 0x01), (pc.In(0x20), pc.In(0xA0)));
        pc.Pc.Pics.SetInput(9, true);
        Assert.False(pc.Intr);
        pc.Out(0xA0, 0x20);
        Assert.False(pc.Intr);
        pc.Out(0x20, 0x20);
        Assert.Equal(0x71, pc.Pc.Pics.Acknowledge());
    }

    [Fact]
    public void An_edge_that_falls_before_its_acknowledgement_gives_the_spurious_vector_and_is_not_in_service()
    {
        using var pc = Ready();
        pc.Pc.Pics.SetInput(4, true);
        pc.Pc.Pics.SetInput(4, false);
        Assert.False(pc.Intr);
        Assert.Equal(15, pc.Pc.Pics.Acknowledge());
        pc.Out(0x20, 0x0B);
        Assert.Equal(0, pc.In(0x20));
    }

    [Fact]
    public void A_level_interrupts_again_until_it_falls_and_an_edge_does_not()
    {
        using var pc = Ready();
        pc.Out(0x4D0, 0x20);
        pc.Pc.Pics.SetInput(5, true);
        pc.Pc.Pics.SetInput(4, true);
        Assert.Equal(12, pc.Pc.Pics.Acknowledge());
        pc.Out(0x20, 0x20);
        Assert.Equal(13, pc.Pc.Pics.Acknowledge());
        pc.Out(0x20, 0x20);
        Assert.Equal(13, pc.Pc.Pics.Acknowledge());
        pc.Pc.Pics.SetInput(5, false);
        pc.Out(0x20, 0x20);
        Assert.False(pc.Intr);
    }

    [Fact]
    public void The_timer_s_line_is_an_edge_whatever_the_control_register_is_told()
    {
        using var pc = Ready();
        pc.Out(0x4D0, 0xFF);
        pc.Out(0x4D1, 0xFF);
        Assert.Equal((0xF8, 0xDE), (pc.In(0x4D0), pc.In(0x4D1)));
    }

    [Fact]
    public void With_automatic_end_nothing_stays_in_service()
    {
        using var pc = Ready();
        pc.Out(0x20, 0x11);
        pc.Out(0x21, 0x08, 0x04, 0x03, 0x00);
        pc.Pc.Pics.SetInput(3, true);
        pc.Pc.Pics.Acknowledge();
        pc.Out(0x20, 0x0B);
        Assert.Equal(0, pc.In(0x20));
    }

    [Fact]
    [Manual("8259A", "Operation Command Words", "8259A Programmable Interrupt Controller")]
    public void Priorities_rotate_so_that_the_one_just_served_is_the_last()
    {
        using var pc = Ready();
        pc.Pc.Pics.SetInput(3, true);
        pc.Pc.Pics.Acknowledge();
        pc.Out(0x20, 0xA0);
        pc.Pc.Pics.SetInput(3, false);
        pc.Pc.Pics.SetInput(3, true);
        pc.Pc.Pics.SetInput(6, true);
        Assert.Equal(14, pc.Pc.Pics.Acknowledge());
    }

    [Fact]
    public void In_special_mask_mode_a_masked_line_in_service_lets_lower_ones_through()
    {
        using var pc = Ready();
        pc.Pc.Pics.SetInput(3, true);
        pc.Pc.Pics.Acknowledge();
        pc.Pc.Pics.SetInput(4, true);
        Assert.False(pc.Intr);
        pc.Out(0x21, 0x08);
        pc.Out(0x20, 0x68);
        Assert.True(pc.Intr);
    }

    [Fact]
    public void A_poll_acknowledges_and_names_the_line()
    {
        using var pc = Ready();
        pc.Out(0x20, 0x0C);
        Assert.Equal(0, pc.In(0x20));
        pc.Pc.Pics.SetInput(4, true);
        pc.Out(0x20, 0x0C);
        Assert.Equal(0x84, pc.In(0x20));
        Assert.False(pc.Intr);
    }

    [Fact]
    public void In_special_fully_nested_mode_a_second_interrupt_of_the_slave_passes()
    {
        using var pc = Ready();
        pc.Out(0x20, 0x11);
        pc.Out(0x21, 0x08, 0x04, 0x11, 0x00);
        pc.Pc.Pics.SetInput(12, true);
        Assert.Equal(0x74, pc.Pc.Pics.Acknowledge());
        pc.Pc.Pics.SetInput(9, true);
        Assert.True(pc.Intr);
        Assert.Equal(0x71, pc.Pc.Pics.Acknowledge());
    }

    private static PcFixture Ready()
    {
        var pc = new PcFixture();
        pc.InitializePics();
        return pc;
    }
}
