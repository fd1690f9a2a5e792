using Vector20.Machine.Apic;

namespace Vector20.Machine.Tests.Apic;

/// <summary>IA32_APIC_BASE, the three modes, and what survives going from one to another.</summary>
[Manual("3A", "11.12.5", "x2APIC State Transitions")]
public class ModeTests
{
    private const ulong Xapic = ApicBase.Enable, X2apic = ApicBase.Enable | ApicBase.Extended, Off = 0, Invalid = ApicBase.Extended;

    [Theory]
    [InlineData(Off, Off, true)]
    [InlineData(Off, Xapic, true)]
    [InlineData(Off, X2apic, false)]
    [InlineData(Off, Invalid, false)]
    [InlineData(Xapic, Off, true)]
    [InlineData(Xapic, Xapic, true)]
    [InlineData(Xapic, X2apic, true)]
    [InlineData(Xapic, Invalid, false)]
    [InlineData(X2apic, Off, true)]
    [InlineData(X2apic, Xapic, false)]
    [InlineData(X2apic, X2apic, true)]
    [InlineData(X2apic, Invalid, false)]
    public void A_transition_is_made_or_is_a_general_protection_fault(ulong from, ulong to, bool allowed)
    {
        LocalApic apic = In(from);
        Assert.Equal(allowed, apic.WriteBaseAddressRegister(ApicBase.DefaultAddress | to));
        Assert.Equal(ApicBase.DefaultAddress | (allowed ? to : from), apic.BaseAddressRegister);
    }

    [Theory]
    [InlineData(1ul << 9, 46, false)]
    [InlineData(1ul << 0, 46, false)]
    [InlineData(1ul << 8, 46, true)]
    [InlineData(1ul << 45, 46, true)]
    [InlineData(1ul << 46, 46, false)]
    [InlineData(1ul << 45, 40, false)]
    [Manual("3A", "11.4.4", "Local APIC Status and Location")]
    public void Reserved_bits_fault(ulong bit, int physicalBits, bool allowed)
    {
        LocalApic apic = new ApicFixture(1, options: new ApicOptions { PhysicalAddressBits = physicalBits }).Apics[0];
        Assert.Equal(allowed, apic.WriteBaseAddressRegister(apic.BaseAddressRegister ^ bit));
    }

    [Fact]
    [Manual("3A", "11.12.1", "Detecting and Enabling x2APIC Mode")]
    public void Without_x2APIC_its_bit_is_reserved()
    {
        LocalApic apic = new ApicFixture(1, options: new ApicOptions { X2Apic = false }).Apics[0];
        Assert.False(apic.WriteBaseAddressRegister(apic.BaseAddressRegister | ApicBase.Extended));
    }

    [Fact]
    public void The_page_moves_with_the_base_and_is_there_in_xAPIC_mode_only()
    {
        LocalApic apic = In(Xapic);
        Assert.True(apic.Decodes(0xFEE0_0FFF));
        Assert.False(apic.Decodes(0xFEE0_1000));
        Assert.True(apic.WriteBaseAddressRegister(0x1_2345_6000 | Xapic));
        Assert.True(apic.Decodes(0x1_2345_6020));
        Assert.False(apic.Decodes(0xFEE0_0020));
        Assert.True(apic.WriteBaseAddressRegister(0x1_2345_6000 | X2apic));
        Assert.False(apic.Decodes(0x1_2345_6020));
        Assert.True(apic.WriteBaseAddressRegister(0x1_2345_6000));
        Assert.False(apic.Decodes(0x1_2345_6020));
    }

    [Fact]
    [Manual("3A", "11.12.5.1", "x2APIC States")]
    public void Entering_x2APIC_mode_keeps_most_registers_but_not_a_written_ID_the_logical_ID_and_the_ICRs_high_half()
    {
        var machine = new ApicFixture(4);
        LocalApic apic = machine.Apics[3];
        apic.Set(ApicRegister.Id, 0x7700_0000);
        apic.Set(ApicRegister.LogicalDestination, 0x8000_0000);
        apic.Set(ApicRegister.TaskPriority, 0x20);
        apic.Set(ApicRegister.LvtThermal, 0x44);
        apic.Set(ApicRegister.InterruptCommandHigh, 0x0500_0000);
        apic.Receive(new ApicMessage(DeliveryMode.Fixed, 0x90));
        Assert.True(apic.WriteBaseAddressRegister(ApicBase.DefaultAddress | X2apic));
        Assert.Equal(3u, apic.Get(ApicRegister.Id));
        Assert.Equal(1u << 3, apic.Get(ApicRegister.LogicalDestination));
        Assert.Equal(0x20u, apic.Get(ApicRegister.TaskPriority));
        Assert.Equal(0x44u, apic.Get(ApicRegister.LvtThermal));
        Assert.True(apic.ReadMsr(0x830, out ulong command));
        Assert.Equal(0ul, command >> 32);
        Assert.True(apic.Requests(0x90));
    }

    [Fact]
    [Manual("3A", "11.4.3", "Enabling or Disabling the Local APIC")]
    public void Disabling_and_enabling_again_brings_back_the_reset_state()
    {
        LocalApic apic = In(Xapic);
        apic.Set(ApicRegister.LvtTimer, 0x40);
        apic.Receive(new ApicMessage(DeliveryMode.Fixed, 0x90));
        Assert.True(apic.WriteBaseAddressRegister(ApicBase.DefaultAddress));
        Assert.False(apic.HasDeliverableInterrupt);
        Assert.True(apic.WriteBaseAddressRegister(ApicBase.DefaultAddress | Xapic));
        ResetStateTests.AssertReset(apic);
    }

    private static LocalApic In(ulong mode)
    {
        LocalApic apic = new ApicFixture(1).Apics[0];
        if (mode != Xapic) Assert.True(apic.WriteBaseAddressRegister(ApicBase.DefaultAddress | mode));
        else Assert.True(apic.WriteBaseAddressRegister(ApicBase.DefaultAddress | Xapic));
        return apic;
    }
}
