using Vector20.Machine.Apic;
using Vector20.Machine.Events;

namespace Vector20.Machine.Tests.Apic;

/// <summary>LINT0 and LINT1.</summary>
[Manual("3A", "11.5.1", "Local Vector Table")]
public class PinTests
{
    [Fact]
    public void ExtINT_follows_the_level_and_takes_its_vector_from_the_8259()
    {
        (ApicFixture machine, LocalApic apic) = With(ApicRegister.LvtLint0, (uint)DeliveryMode.ExtInt << 8);
        machine.Fabric.ExternalInterrupts = new Controller(0x31);
        apic.SetPin(LocalVectorEntry.Lint0, true);
        Assert.True(apic.HasDeliverableInterrupt);
        apic.SetPin(LocalVectorEntry.Lint0, false);
        Assert.False(apic.HasDeliverableInterrupt);
        apic.SetPin(LocalVectorEntry.Lint0, true);
        Assert.Equal(new InterruptAcknowledge(0x31, EventSource.Device), apic.AcknowledgeInterrupt());
        Assert.False(apic.Serves(0x31));
    }

    [Fact]
    [Manual("MultiProcessor Specification", "3.6.2.2", "Virtual Wire Mode")]
    public void In_virtual_wire_mode_the_pins_are_INTR_and_NMI()
    {
        var machine = new ApicFixture(1);
        machine.Fabric.ExternalInterrupts = new Controller(0x08);
        machine.Apics[0].SetPin(LocalVectorEntry.Lint0, true);
        Assert.False(machine.Apics[0].HasDeliverableInterrupt);
        VirtualWire.Set(machine.Apics[0]);
        Assert.Equal(0x08, machine.Apics[0].AcknowledgeInterrupt().Vector);
        machine.Apics[0].SetPin(LocalVectorEntry.Lint1, true);
        Assert.Equal(1, machine.Processors[0].Nmis);
    }

    [Fact]
    public void ExtINT_is_not_held_back_by_priorities_but_by_the_mask()
    {
        (_, LocalApic apic) = With(ApicRegister.LvtLint0, (uint)DeliveryMode.ExtInt << 8);
        apic.TaskPriority = 0xFF;
        apic.SetPin(LocalVectorEntry.Lint0, true);
        Assert.True(apic.HasDeliverableInterrupt);
        apic.Set(ApicRegister.LvtLint0, (uint)DeliveryMode.ExtInt << 8 | LocalVector.Mask);
        Assert.False(apic.HasDeliverableInterrupt);
    }

    [Fact]
    public void With_the_APIC_disabled_the_pins_are_INTR_and_NMI()
    {
        (ApicFixture machine, LocalApic apic) = With(ApicRegister.LvtLint0, LocalVector.Mask);
        Assert.True(apic.WriteBaseAddressRegister(ApicBase.DefaultAddress));
        apic.SetPin(LocalVectorEntry.Lint0, true);
        Assert.True(apic.HasDeliverableInterrupt);
        apic.SetPin(LocalVectorEntry.Lint1, true);
        Assert.Equal(1, machine.Processors[0].Nmis);
    }

    [Fact]
    public void NMI_is_an_edge()
    {
        (ApicFixture machine, LocalApic apic) = With(ApicRegister.LvtLint1, (uint)DeliveryMode.Nmi << 8);
        apic.SetPin(LocalVectorEntry.Lint1, true);
        apic.SetPin(LocalVectorEntry.Lint1, true);
        Assert.Equal(1, machine.Processors[0].Nmis);
        apic.SetPin(LocalVectorEntry.Lint1, false);
        apic.SetPin(LocalVectorEntry.Lint1, true);
        Assert.Equal(2, machine.Processors[0].Nmis);
    }

    [Fact]
    public void A_level_triggered_fixed_interrupt_sets_remote_IRR_and_comes_again_at_EOI_while_asserted()
    {
        (_, LocalApic apic) = With(ApicRegister.LvtLint0, 0x45 | 1 << 15);
        apic.SetPin(LocalVectorEntry.Lint0, true);
        Assert.Equal(0x45u | 1 << 15 | LocalVector.RemoteIrr, apic.Get(ApicRegister.LvtLint0));
        Assert.True(apic.IsLevel(0x45));
        apic.AcknowledgeInterrupt();
        Assert.False(apic.Requests(0x45));
        apic.Set(ApicRegister.EndOfInterrupt, 0);
        Assert.True(apic.Requests(0x45));
        apic.AcknowledgeInterrupt();
        apic.SetPin(LocalVectorEntry.Lint0, false);
        apic.Set(ApicRegister.EndOfInterrupt, 0);
        Assert.False(apic.Requests(0x45));
        Assert.Equal(0x45u | 1 << 15, apic.Get(ApicRegister.LvtLint0));
    }

    [Theory]
    [InlineData(LocalVectorEntry.Thermal, ApicRegister.LvtThermal)]
    [InlineData(LocalVectorEntry.Performance, ApicRegister.LvtPerformance)]
    [InlineData(LocalVectorEntry.Cmci, ApicRegister.LvtCmci)]
    public void An_internal_source_interrupts_through_its_entry_unless_masked(LocalVectorEntry entry, ApicRegister register)
    {
        (ApicFixture machine, LocalApic apic) = With(register, 0x45 | LocalVector.Mask);
        apic.Signal(entry);
        Assert.False(apic.Requests(0x45));
        apic.Set(register, 0x45);
        apic.Signal(entry);
        Assert.True(apic.Requests(0x45));
        apic.Set(register, (uint)DeliveryMode.Nmi << 8);
        apic.Signal(entry);
        Assert.Equal(1, machine.Processors[0].Nmis);
    }

    private static (ApicFixture Machine, LocalApic Apic) With(ApicRegister register, uint value)
    {
        var machine = new ApicFixture(1);
        machine.Apics[0].Set(register, value);
        return (machine, machine.Apics[0]);
    }

    private sealed class Controller(byte vector) : IExternalInterruptController
    {
        public byte Acknowledge() => vector;
    }
}
