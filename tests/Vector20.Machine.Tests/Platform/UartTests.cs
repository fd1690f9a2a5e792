using Vector20.Machine.Platform.Serial;

namespace Vector20.Machine.Tests.Platform;

/// <summary>The 16550 at 3F8H.</summary>
[Manual("PC16550D", "8.0", "Registers")]
public class UartTests
{
    [Fact]
    public void What_the_guest_sends_reaches_the_sink()
    {
        using PcFixture pc = With(out Collector host);
        pc.Out(0x3F8, [.. "hello"u8]);
        Assert.Equal("hello"u8.ToArray(), host.Sent);
        Assert.Equal(0x60, pc.In(0x3FD));
    }

    [Fact]
    public void With_the_divisor_latch_open_bytes_set_the_divisor_and_are_not_sent()
    {
        using PcFixture pc = With(out Collector host);
        pc.Out(0x3FB, 0x83);
        pc.Out(0x3F8, 0x0C);
        pc.Out(0x3F9, 0x01);
        Assert.Equal((0x0C, 0x01), (pc.In(0x3F8), pc.In(0x3F9)));
        pc.Out(0x3FB, 0x03);
        Assert.Empty(host.Sent);
        Assert.Equal(0, pc.In(0x3F9));
    }

    [Fact]
    public void Received_bytes_interrupt_and_are_read_in_order()
    {
        using PcFixture pc = With(out Collector host);
        Enable(pc, 0x01);
        host.ToReceive.Enqueue((byte)'a');
        host.ToReceive.Enqueue((byte)'b');
        pc.Pass(PcFixture.Second / 100);
        Assert.Equal(0x0C, pc.Pc.Pics.Acknowledge());
        Assert.Equal(0xC4, pc.In(0x3FA));
        Assert.Equal(0x61, pc.In(0x3FD));
        Assert.Equal(((byte)'a', (byte)'b'), (pc.In(0x3F8), pc.In(0x3F8)));
        Assert.Equal(0x60, pc.In(0x3FD));
        Assert.Equal(0xC1, pc.In(0x3FA));
    }

    [Fact]
    [Manual("PC16550D", "8.5", "Interrupt Identification Register")]
    public void Fewer_bytes_than_the_trigger_level_time_out()
    {
        using PcFixture pc = With(out _);
        Enable(pc, 0x01);
        pc.Out(0x3FA, 0xC1);
        pc.Pc.Serial.Receive(1);
        Assert.Equal(0xCC, pc.In(0x3FA));
        for (int i = 0; i < 13; i++) pc.Pc.Serial.Receive(1);
        Assert.Equal(0xC4, pc.In(0x3FA));
    }

    [Fact]
    public void A_byte_too_many_is_an_overrun()
    {
        using PcFixture pc = With(out _);
        Enable(pc, 0x04);
        for (int i = 0; i < 17; i++) pc.Pc.Serial.Receive((byte)i);
        Assert.Equal(0xC6, pc.In(0x3FA));
        Assert.Equal(0x63, pc.In(0x3FD));
        Assert.Equal(0x61, pc.In(0x3FD));
        for (int i = 0; i < 16; i++) Assert.Equal(i, pc.In(0x3F8));
    }

    [Fact]
    public void An_empty_transmitter_interrupts_until_it_is_identified()
    {
        using PcFixture pc = With(out _);
        Enable(pc, 0x02);
        Assert.True(pc.Intr);
        Assert.Equal(0xC2, pc.In(0x3FA));
        Assert.Equal(0xC1, pc.In(0x3FA));
        pc.Out(0x3F8, (byte)'x');
        Assert.Equal(0xC2, pc.In(0x3FA));
    }

    [Fact]
    public void OUT2_connects_the_interrupt()
    {
        using PcFixture pc = With(out _);
        Enable(pc, 0x02);
        pc.Out(0x3FC, 0x00);
        Assert.False(pc.Intr);
        pc.Out(0x3FC, 0x08);
        Assert.True(pc.Intr);
    }

    [Fact]
    public void In_loopback_what_is_sent_is_received_and_outputs_are_inputs()
    {
        using PcFixture pc = With(out Collector host);
        pc.Out(0x3FC, 0x1A);
        Assert.Equal(0x90, pc.In(0x3FE) & 0xF0);
        pc.Out(0x3F8, 0x77);
        Assert.Equal(0x77, pc.In(0x3F8));
        Assert.Empty(host.Sent);
    }

    [Fact]
    public void Scratch_and_the_FIFO_bits_tell_a_16550A()
    {
        using PcFixture pc = With(out _);
        pc.Out(0x3FF, 0xA5);
        Assert.Equal(0xA5, pc.In(0x3FF));
        Assert.Equal(0x01, pc.In(0x3FA));
        pc.Out(0x3FA, 0x01);
        Assert.Equal(0xC1, pc.In(0x3FA));
    }

    [Fact]
    [Manual("PC16550D", "8.4", "Line Status Register")]
    public void Without_the_FIFOs_a_byte_waits_at_the_host_until_the_one_before_is_read()
    {
        using PcFixture pc = With(out Collector host);
        foreach (byte value in "abc"u8) host.ToReceive.Enqueue(value);
        var received = new List<byte>();
        for (int i = 0; i < 10; i++)
        {
            pc.Pc.Serial.Advance();
            if ((pc.In(0x3FD) & 1) != 0) received.Add(pc.In(0x3F8));
        }

        Assert.Equal("abc"u8.ToArray(), received);
    }

    [Theory]
    [InlineData(0x01, 0x00, "")]
    [InlineData(0x09, 0x00, "")]
    [InlineData(0x02, 0x00, "ab")]
    [InlineData(0x12, 0x00, "")]
    [InlineData(0x00, 0x01, "ab")]
    [InlineData(0x00, 0x02, "")]
    [Manual("PC16550D", "8.7", "MODEM Control Register")]
    public void The_other_side_sends_once_the_guest_asserts_RTS_or_enables_the_interrupt_of_received_data(byte modemControl, byte interrupts, string received)
    {
        using PcFixture pc = With(out Collector host);
        pc.Out(0x3FA, 0x01);
        pc.Out(0x3FC, modemControl);
        pc.Out(0x3F9, interrupts);
        host.ToReceive.Enqueue((byte)'a');
        host.ToReceive.Enqueue((byte)'b');
        pc.Pass(PcFixture.Second / 100);
        Assert.Equal(received, Read(pc));
    }

    [Fact]
    [Manual("PC16550D", "8.7", "MODEM Control Register")]
    public void What_is_typed_before_the_guest_asserts_RTS_survives_that_it_clears_the_FIFO()
    {
        using PcFixture pc = With(out Collector host);
        for (char c = 'a'; c <= 'z'; c++) host.ToReceive.Enqueue((byte)c);
        pc.Pass(PcFixture.Second / 100);
        pc.Out(0x3FC, 0x09);
        pc.Out(0x3FA, 0x07);
        pc.In(0x3FD);
        pc.In(0x3F8);
        pc.Out(0x3FC, 0x0B);
        pc.Pass(PcFixture.Second / 100);
        Assert.Equal("abcdefghijklmnop", Read(pc));
        pc.Pass(PcFixture.Second / 100);
        Assert.Equal("qrstuvwxyz", Read(pc));
    }

    /// <summary>What the other side waits for: it cannot know that the guest is not ready, and what it sends too early is lost.</summary>
    [Fact]
    [Manual("PC16550D", "8.7", "MODEM Control Register")]
    public void What_is_typed_while_the_guest_asserts_RTS_is_lost_where_it_clears_the_FIFO()
    {
        using PcFixture pc = With(out Collector host);
        pc.Out(0x3FA, 0x01);
        pc.Out(0x3FC, 0x0B);
        for (char c = 'a'; c <= 'z'; c++) host.ToReceive.Enqueue((byte)c);
        pc.Pass(PcFixture.Second / 100);
        pc.Out(0x3FC, 0x09);
        pc.Out(0x3FA, 0x07);
        Assert.Equal("", Read(pc));
        pc.Out(0x3FC, 0x0B);
        pc.Pass(PcFixture.Second / 100);
        Assert.Equal("qrstuvwxyz", Read(pc));
    }

    /// <summary>The moment that the other side needs is what saves the byte: one that comes before the FIFOs are enabled is lost.</summary>
    [Fact]
    [Manual("PC16550D", "8.6", "Interrupt Enable Register")]
    public void A_byte_that_came_before_the_FIFOs_are_enabled_is_lost()
    {
        using PcFixture pc = With(out Collector host);
        pc.Out(0x3FC, 0x09);
        host.ToReceive.Enqueue((byte)'a');
        pc.Out(0x3F9, 0x05);
        pc.Pass(PcFixture.Second / 100);
        pc.Out(0x3FA, 0x01);
        pc.Pass(PcFixture.Second / 100);
        Assert.Equal("", Read(pc));
    }

    [Fact]
    [Manual("PC16550D", "8.6", "Interrupt Enable Register")]
    public void Nothing_comes_between_enabling_the_interrupt_and_enabling_the_FIFOs()
    {
        using PcFixture pc = With(out Collector host);
        pc.Out(0x3FC, 0x09);
        host.ToReceive.Enqueue((byte)'a');
        pc.Pass(PcFixture.Second / 100);
        pc.Out(0x3F9, 0x05);
        pc.Pass(PcFixture.Second / 2000);
        pc.Out(0x3FA, 0x01);
        pc.Pass(PcFixture.Second / 100);
        Assert.Equal("a", Read(pc));
    }

    [Fact]
    public void A_guest_that_never_wrote_modem_control_gets_a_byte_when_it_looks_for_one()
    {
        using PcFixture pc = With(out Collector host);
        foreach (byte value in "abc"u8) host.ToReceive.Enqueue(value);
        Assert.Equal("abc", Read(pc));
        Assert.Equal(ulong.MaxValue, pc.Pc.Serial.NextDeadline);
    }

    private static string Read(PcFixture pc)
    {
        var text = new System.Text.StringBuilder();
        while ((pc.In(0x3FD) & 1) != 0) text.Append((char)pc.In(0x3F8));
        return text.ToString();
    }

    private static PcFixture With(out Collector host)
    {
        var pc = new PcFixture();
        host = new Collector();
        pc.InitializePics();
        pc.Pc.Serial.Sink = host;
        pc.Pc.Serial.Source = host;
        return pc;
    }

    private static void Enable(PcFixture pc, byte interrupts)
    {
        pc.Out(0x3FA, 0x01);
        pc.Out(0x3FC, 0x0B);
        pc.In(0x3FE);
        pc.Out(0x3F9, interrupts);
    }

    private sealed class Collector : IByteSink, IByteSource
    {
        public List<byte> Sent { get; } = [];

        public Queue<byte> ToReceive { get; } = [];

        public void Write(byte value) => Sent.Add(value);

        public bool TryRead(out byte value) => ToReceive.TryDequeue(out value);
    }
}
