using Vector20.Machine.Apic;

namespace Vector20.Machine.Tests.Apic;

/// <summary>Which interrupt comes when, and how it ends.</summary>
[Manual("3A", "11.8", "Handling Interrupts")]
public class PriorityTests
{
    [Theory, InlineData(false), InlineData(true)]
    public void The_highest_vector_comes_first_and_one_in_service_holds_back_its_class_and_lower(bool x2)
    {
        LocalApic apic = One(x2, 0x41, 0x52, 0x5A);
        Assert.Equal(0x5A, apic.AcknowledgeInterrupt().Vector);
        Assert.Equal(0x50u, apic.Get(ApicRegister.ProcessorPriority));
        Assert.False(apic.HasDeliverableInterrupt);
        apic.Receive(new ApicMessage(DeliveryMode.Fixed, 0x61));
        Assert.Equal(0x61, apic.AcknowledgeInterrupt().Vector);
        apic.Set(ApicRegister.EndOfInterrupt, 0);
        Assert.False(apic.HasDeliverableInterrupt);
        apic.Set(ApicRegister.EndOfInterrupt, 0);
        Assert.Equal(0x52, apic.AcknowledgeInterrupt().Vector);
        apic.Set(ApicRegister.EndOfInterrupt, 0);
        Assert.Equal(0x41, apic.AcknowledgeInterrupt().Vector);
    }

    [Fact]
    [Manual("3A", "11.8.6", "Task Priority in IA-32e Mode")]
    public void The_task_priority_holds_back_its_class_and_lower()
    {
        LocalApic apic = One(false, 0x41);
        for (int priority = 0; priority < 256; priority++)
        {
            apic.TaskPriority = (byte)priority;
            Assert.Equal(priority < 0x40, apic.HasDeliverableInterrupt);
            Assert.Equal(priority / 16, apic.ControlRegister8);
        }
    }

    [Theory]
    [InlineData(0x00, 0x00, 0x00)]
    [InlineData(0x35, 0x00, 0x35)]
    [InlineData(0x35, 0x31, 0x35)]
    [InlineData(0x35, 0x41, 0x40)]
    [InlineData(0x45, 0x31, 0x45)]
    [Manual("3A", "11.8.3.1", "Task and Processor Priorities")]
    public void The_processor_priority_is_the_higher_class_of_task_and_service(byte task, byte service, byte expected)
    {
        LocalApic apic = One(false);
        if (service != 0)
        {
            apic.Receive(new ApicMessage(DeliveryMode.Fixed, service));
            apic.AcknowledgeInterrupt();
        }

        apic.TaskPriority = task;
        Assert.Equal(expected, apic.Get(ApicRegister.ProcessorPriority));
    }

    [Fact]
    [Manual("3A", "11.9", "Spurious Interrupt")]
    public void An_interrupt_that_is_held_back_before_its_acknowledgement_becomes_spurious_and_is_not_put_in_service()
    {
        LocalApic apic = One(false, 0x41);
        apic.TaskPriority = 0x80;
        InterruptAcknowledge taken = apic.AcknowledgeInterrupt();
        Assert.True(taken.Spurious);
        Assert.Equal(0xFF, taken.Vector);
        Assert.False(apic.Serves(0xFF));
        Assert.True(apic.Requests(0x41));
    }

    [Fact]
    [Manual("3A", "11.8.4", "Interrupt Acceptance for Fixed Interrupts")]
    public void A_vector_can_be_requested_again_while_it_is_in_service_but_only_once()
    {
        LocalApic apic = One(false, 0x41);
        apic.AcknowledgeInterrupt();
        apic.Receive(new ApicMessage(DeliveryMode.Fixed, 0x41));
        apic.Receive(new ApicMessage(DeliveryMode.Fixed, 0x41));
        Assert.True(apic.Requests(0x41) && apic.Serves(0x41));
        apic.Set(ApicRegister.EndOfInterrupt, 0);
        Assert.Equal(0x41, apic.AcknowledgeInterrupt().Vector);
        apic.Set(ApicRegister.EndOfInterrupt, 0);
        Assert.False(apic.HasDeliverableInterrupt);
    }

    [Theory, InlineData(false, true), InlineData(true, false)]
    [Manual("3A", "11.8.5", "Signaling Interrupt Servicing Completion")]
    public void The_end_of_a_level_triggered_interrupt_is_broadcast_unless_suppressed(bool suppress, bool heard)
    {
        var machine = new ApicFixture(1);
        var listener = new Listener();
        machine.Fabric.Add(listener);
        machine.Apics[0].Set(ApicRegister.SpuriousInterruptVector, 0x1FF | (suppress ? SpuriousVector.SuppressEoiBroadcast : 0));
        machine.Apics[0].Receive(new ApicMessage(DeliveryMode.Fixed, 0x41, Level: true));
        machine.Apics[0].AcknowledgeInterrupt();
        machine.Apics[0].Set(ApicRegister.EndOfInterrupt, 0);
        Assert.Equal(heard ? [0x41] : [], listener.Heard);
    }

    [Fact]
    public void The_end_of_an_edge_triggered_interrupt_is_not_broadcast()
    {
        var machine = new ApicFixture(1);
        var listener = new Listener();
        machine.Fabric.Add(listener);
        machine.Apics[0].Receive(new ApicMessage(DeliveryMode.Fixed, 0x41));
        machine.Apics[0].AcknowledgeInterrupt();
        machine.Apics[0].Set(ApicRegister.EndOfInterrupt, 0);
        Assert.Empty(listener.Heard);
    }

    private static LocalApic One(bool x2, params byte[] vectors)
    {
        LocalApic apic = new ApicFixture(1, x2).Apics[0];
        foreach (byte vector in vectors) apic.Receive(new ApicMessage(DeliveryMode.Fixed, vector));
        return apic;
    }

    private sealed class Listener : IEoiListener
    {
        public List<byte> Heard { get; } = [];

        public bool HasUnmaskableSource => false;

        public void EndOfInterrupt(byte vector) => Heard.Add(vector);
    }
}
