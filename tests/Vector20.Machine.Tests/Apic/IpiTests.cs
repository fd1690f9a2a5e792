using Vector20.Machine.Apic;

namespace Vector20.Machine.Tests.Apic;

/// <summary>Every delivery mode with every shorthand, in both modes of the APIC.</summary>
[Manual("3A", "11.6.1", "Interrupt Command Register (ICR)")]
public class IpiTests
{
    private const byte Vector = 0x45;

    [Theory]
    [MemberData(nameof(ModesAndShorthands))]
    [Manual("3A", "11.6", "Issuing Interprocessor Interrupts")]
    public void An_IPI_reaches_those_its_shorthand_names_if_the_combination_is_valid(DeliveryMode mode, DestinationShorthand shorthand, bool x2)
    {
        var machine = new ApicFixture(4, x2);
        machine.Apics[1].Send(mode, Vector, shorthand, destination: 2);
        int[] expected = Expected(mode, shorthand);
        Assert.Equal(expected, Enumerable.Range(0, 4).Where(i => Got(machine, i, mode)));
        Assert.Equal(expected.Length, Enumerable.Range(0, 4).Count(i => GotAnything(machine, i)));
    }

    [Fact]
    public void INIT_level_deassert_does_nothing()
    {
        var machine = new ApicFixture(2);
        machine.Apics[0].Set(ApicRegister.InterruptCommandHigh, 1 << 24);
        machine.Apics[0].Set(ApicRegister.InterruptCommandLow, (uint)DeliveryMode.Init << 8 | 1 << 15);
        Assert.Equal(0, machine.Processors[1].Inits);
        machine.Apics[0].Set(ApicRegister.InterruptCommandLow, (uint)DeliveryMode.Init << 8 | 1 << 15 | 1 << 14);
        Assert.Equal(1, machine.Processors[1].Inits);
    }

    [Fact]
    public void A_level_trigger_mode_is_overridden_by_edge()
    {
        var machine = new ApicFixture(2);
        machine.Apics[0].Set(ApicRegister.InterruptCommandHigh, 1 << 24);
        machine.Apics[0].Set(ApicRegister.InterruptCommandLow, Vector | 1 << 15 | 1 << 14);
        Assert.True(machine.Apics[1].Requests(Vector));
        Assert.False(machine.Apics[1].IsLevel(Vector));
    }

    [Theory, InlineData(false, 0xFFu), InlineData(true, 0xFFFF_FFFFu)]
    public void All_ones_is_every_APIC(bool x2, uint destination)
    {
        var machine = new ApicFixture(4, x2);
        machine.Apics[0].Send(DeliveryMode.Fixed, Vector, destination: destination);
        Assert.All(machine.Apics, apic => Assert.True(apic.Requests(Vector)));
    }

    [Fact]
    [Manual("3A", "11.12.9", "ICR Operation in x2APIC Mode")]
    public void FFH_is_no_broadcast_in_x2APIC_mode()
    {
        var machine = new ApicFixture(4, x2: true);
        machine.Apics[0].Send(DeliveryMode.Fixed, Vector, destination: 0xFF);
        Assert.DoesNotContain(machine.Apics, apic => apic.Requests(Vector));
    }

    [Fact]
    [Manual("3A", "11.6.2", "Determining IPI Destination")]
    public void A_destination_beyond_8_bits_does_not_alias_an_xAPIC_ID()
    {
        var machine = new ApicFixture(2);
        machine.Fabric.Send(new ApicMessage(DeliveryMode.Fixed, Vector, 0x101));
        Assert.False(machine.Apics[1].Requests(Vector));
        machine.Fabric.Send(new ApicMessage(DeliveryMode.Fixed, Vector, 0x001));
        Assert.True(machine.Apics[1].Requests(Vector));
    }

    [Fact]
    [Manual("3A", "11.6.2.4", "Lowest Priority Delivery Mode")]
    public void Lowest_priority_goes_to_the_APIC_with_the_lowest_arbitration_priority()
    {
        var machine = new ApicFixture(4);
        for (int i = 0; i < 4; i++) machine.Apics[i].TaskPriority = (byte)(i == 2 ? 0x10 : 0x80);
        machine.Apics[0].Send(DeliveryMode.LowestPriority, Vector, destination: 0xFF);
        Assert.Equal([2], Enumerable.Range(0, 4).Where(i => machine.Apics[i].Requests(Vector)));
    }

    [Theory, InlineData(true), InlineData(false)]
    [Manual("3A", "11.6.2.4", "Lowest Priority Delivery Mode")]
    public void A_focus_processor_gets_a_lowest_priority_interrupt_where_the_model_checks(bool checks)
    {
        var machine = new ApicFixture(2, options: new ApicOptions { FocusProcessor = checks });
        machine.Apics[1].TaskPriority = 0x80;
        machine.Apics[0].Send(DeliveryMode.Fixed, Vector, destination: 1);
        machine.Apics[0].Send(DeliveryMode.LowestPriority, Vector, destination: 0xFF);
        Assert.Equal(!checks, machine.Apics[0].Requests(Vector));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_model_that_cannot_send_lowest_priority_reports_a_redirectable_IPI_and_nothing_else(bool x2)
    {
        var machine = new ApicFixture(2, x2, new ApicOptions { SendsLowestPriority = false });
        machine.Apics[0].Send(DeliveryMode.LowestPriority, 5, destination: 1);
        Assert.Equal(ErrorStatus.RedirectableIpi, machine.Apics[0].ReadErrors());
        Assert.Equal(ErrorStatus.None, machine.Apics[1].ReadErrors());
        machine.Apics[0].Send(DeliveryMode.Fixed, Vector, destination: 1);
        Assert.Equal(ErrorStatus.None, machine.Apics[0].ReadErrors());
    }

    [Fact]
    [Manual("3A", "11.8.2", "Interrupt Handling with the Pentium 4 and Intel Xeon Processors")]
    public void A_software_disabled_APIC_takes_NMI_SMI_INIT_and_SIPI_but_no_fixed_interrupt()
    {
        var machine = new ApicFixture(2);
        machine.Apics[1].Set(ApicRegister.SpuriousInterruptVector, 0xFF);
        foreach (DeliveryMode mode in (ReadOnlySpan<DeliveryMode>)[DeliveryMode.Fixed, DeliveryMode.Nmi, DeliveryMode.Smi, DeliveryMode.Init, DeliveryMode.StartUp])
            machine.Apics[0].Send(mode, Vector, destination: 1);
        Assert.False(machine.Apics[1].Requests(Vector));
        RecordingProcessor processor = machine.Processors[1];
        Assert.Equal((1, 1, 1, 1), (processor.Nmis, processor.Smis, processor.Inits, processor.StartUps.Count));
    }

    [Fact]
    [Manual("3A", "11.12.11", "SELF IPI Register")]
    public void A_self_IPI_register_write_requests_the_vector_here()
    {
        var machine = new ApicFixture(2, x2: true);
        Assert.True(machine.Apics[0].WriteMsr(0x83F, Vector));
        Assert.True(machine.Apics[0].Requests(Vector));
        Assert.False(machine.Apics[1].Requests(Vector));
    }

    public static TheoryData<DeliveryMode, DestinationShorthand, bool> ModesAndShorthands()
    {
        var data = new TheoryData<DeliveryMode, DestinationShorthand, bool>();
        for (int i = 0; i < 64; i++) data.Add((DeliveryMode)(i & 7), (DestinationShorthand)(i >> 3 & 3), i >= 32);
        return data;
    }

    /// <summary>Table 11-3 of the manual, written out once more: the sender is 1, the destination field says 2.</summary>
    private static int[] Expected(DeliveryMode mode, DestinationShorthand shorthand)
    {
        bool hasMeaning = mode is not (DeliveryMode.Reserved or DeliveryMode.ExtInt), isFixed = mode == DeliveryMode.Fixed;
        return shorthand switch
        {
            _ when !hasMeaning => [],
            DestinationShorthand.None => [2],
            DestinationShorthand.Self => isFixed ? [1] : [],
            DestinationShorthand.AllIncludingSelf => isFixed ? [0, 1, 2, 3] : [],
            _ => mode == DeliveryMode.LowestPriority ? [0] : [0, 2, 3],
        };
    }

    private static bool Got(ApicFixture machine, int index, DeliveryMode mode)
    {
        RecordingProcessor processor = machine.Processors[index];
        return mode switch
        {
            DeliveryMode.Nmi => processor.Nmis == 1,
            DeliveryMode.Smi => processor.Smis == 1,
            DeliveryMode.Init => processor.Inits == 1,
            DeliveryMode.StartUp => processor.StartUps is [Vector],
            _ => machine.Apics[index].Requests(Vector),
        };
    }

    private static bool GotAnything(ApicFixture machine, int index)
    {
        RecordingProcessor processor = machine.Processors[index];
        return processor.Nmis + processor.Smis + processor.Inits + processor.StartUps.Count != 0 || machine.Apics[index].HasDeliverableInterrupt;
    }
}
