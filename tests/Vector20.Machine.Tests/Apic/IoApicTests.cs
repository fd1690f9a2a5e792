using Vector20.Machine.Apic;

namespace Vector20.Machine.Tests.Apic;

/// <summary>The I/O APIC's inputs, edge and level.</summary>
[Manual("82093AA", "3.2.4", "IOREDTBL[23:0] - I/O Redirection Table Registers")]
public class IoApicTests
{
    private const byte Vector = 0x61;
    private const uint Level = 1 << 15, Masked = 1 << 16;

    [Fact]
    public void C2_an_input_with_vector_16_to_255_is_delivered_and_with_0_to_15_is_an_error_at_the_receiver()
    {
        for (int vector = 0; vector < 256; vector++)
        {
            (ApicFixture machine, IoApic ioApic) = With(4, (uint)vector);
            ioApic.SetInput(4, true);
            Assert.Equal(vector >= 16, machine.Apics[0].HasDeliverableInterrupt);
            Assert.Equal(vector >= 16 ? ErrorStatus.None : ErrorStatus.ReceiveIllegalVector, machine.Apics[0].ReadErrors());
        }
    }

    [Fact]
    public void An_edge_interrupts_once_and_is_lost_while_masked()
    {
        (ApicFixture machine, IoApic ioApic) = With(4, Vector);
        ioApic.SetInput(4, true);
        ioApic.SetInput(4, true);
        Assert.True(Taken(machine));
        Assert.False(Taken(machine));
        Write(ioApic, 4, Vector | Masked);
        ioApic.SetInput(4, false);
        ioApic.SetInput(4, true);
        Write(ioApic, 4, Vector);
        Assert.False(Taken(machine));
    }

    [Fact]
    public void A_level_interrupts_again_after_EOI_while_asserted_and_remote_IRR_shows_that_it_waits()
    {
        (ApicFixture machine, IoApic ioApic) = With(4, Vector | Level);
        ioApic.SetInput(4, true);
        Assert.True(ioApic.Entry(4).InService);
        Assert.True(machine.Apics[0].IsLevel(Vector));
        Assert.True(Taken(machine));
        Assert.True(Taken(machine));
        machine.Apics[0].AcknowledgeInterrupt();
        ioApic.SetInput(4, false);
        machine.Apics[0].Set(ApicRegister.EndOfInterrupt, 0);
        Assert.False(ioApic.Entry(4).InService);
        Assert.False(Taken(machine));
    }

    [Fact]
    public void With_the_broadcast_suppressed_the_EOI_register_ends_a_level_interrupt()
    {
        (ApicFixture machine, IoApic ioApic) = With(4, Vector | Level);
        machine.Apics[0].Set(ApicRegister.SpuriousInterruptVector, 0x1FF | SpuriousVector.SuppressEoiBroadcast);
        ioApic.SetInput(4, true);
        Assert.True(Taken(machine));
        Assert.True(ioApic.Entry(4).InService);
        ioApic.SetInput(4, false);
        ioApic.WriteMemory(0x40, 4, Vector);
        Assert.False(ioApic.Entry(4).InService);
    }

    [Fact]
    public void A_level_that_is_asserted_interrupts_when_it_is_unmasked()
    {
        (ApicFixture machine, IoApic ioApic) = With(4, Vector | Level | Masked);
        ioApic.SetInput(4, true);
        Assert.False(Taken(machine));
        Write(ioApic, 4, Vector | Level);
        Assert.True(Taken(machine));
    }

    [Theory]
    [InlineData(DeliveryMode.Nmi)]
    [InlineData(DeliveryMode.Smi)]
    [InlineData(DeliveryMode.Init)]
    [InlineData(DeliveryMode.ExtInt)]
    public void The_other_delivery_modes_reach_the_processor_as_edges(DeliveryMode mode)
    {
        (ApicFixture machine, IoApic ioApic) = With(4, (uint)mode << 8 | Level);
        ioApic.SetInput(4, true);
        RecordingProcessor processor = machine.Processors[0];
        int[] got = [processor.Nmis, processor.Smis, processor.Inits, machine.Apics[0].HasDeliverableInterrupt ? 1 : 0];
        Assert.Equal(1, got.Sum());
        Assert.Equal(1, got[mode switch { DeliveryMode.Nmi => 0, DeliveryMode.Smi => 1, DeliveryMode.Init => 2, _ => 3 }]);
        Assert.False(ioApic.Entry(4).InService);
    }

    [Fact]
    [Manual("82093AA", "3.0", "Register Description")]
    public void Its_registers_are_read_back_as_the_data_sheet_has_them()
    {
        (_, IoApic ioApic) = With(4, Vector);
        Assert.Equal(0x0017_0020u, Read(ioApic, 1));
        Assert.Equal(0x0200_0000u, Read(ioApic, 0));
        Assert.Equal(Vector, Read(ioApic, 0x10 + 8));
        Assert.Equal(Masked, Read(ioApic, 0x10 + 10));
        ioApic.WriteMemory(0, 4, 0x10 + 9);
        ioApic.WriteMemory(0x10, 4, 0xAB00_0000);
        Assert.Equal(0xAB00_0000u, Read(ioApic, 0x10 + 9));
        Assert.Equal(0xAB, ioApic.Entry(4).Destination);
    }

    private static (ApicFixture Machine, IoApic IoApic) With(int input, uint low)
    {
        var machine = new ApicFixture(2);
        var ioApic = new IoApic(2, machine.Fabric);
        Write(ioApic, input, low);
        return (machine, ioApic);
    }

    private static void Write(IoApic ioApic, int input, uint low)
    {
        ioApic.WriteMemory(0, 4, (uint)(0x10 + input * 2));
        ioApic.WriteMemory(0x10, 4, low);
    }

    private static uint Read(IoApic ioApic, byte register)
    {
        ioApic.WriteMemory(0, 4, register);
        return (uint)ioApic.ReadMemory(0x10, 4);
    }

    private static bool Taken(ApicFixture machine)
    {
        if (!machine.Apics[0].HasDeliverableInterrupt) return false;
        Assert.Equal(Vector, machine.Apics[0].AcknowledgeInterrupt().Vector);
        machine.Apics[0].Set(ApicRegister.EndOfInterrupt, 0);
        return true;
    }
}
