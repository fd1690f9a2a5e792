using Vector20.Machine.Events;

namespace Vector20.Machine.Tests.Events;

/// <summary>Claims C9, C10 and C11 over the whole input of the decision: every type, every vector, every bit of the bitmap.</summary>
[Manual("3C", "26.2", "Other Causes of VM Exits")]
[Manual("3C", "25.6.3", "Exception Bitmap")]
public class InterceptionTests
{
    private static readonly EventType[] s_exceptions = [EventType.HardwareException, EventType.PrivilegedSoftwareException, EventType.SoftwareException];

    [Theory]
    [InlineData(EventType.ExternalInterrupt)]
    [InlineData(EventType.SoftwareInterrupt)]
    public void No_interrupt_consults_the_exception_bitmap(EventType type)
    {
        for (int vector = 0; vector < 256; vector++)
            Assert.False(Exits(new Event(type, (byte)vector), uint.MaxValue));
    }

    [Fact]
    public void An_exception_exits_exactly_when_the_bit_numbered_by_its_vector_is_1()
    {
        foreach (EventType type in s_exceptions)
        for (int vector = 0; vector < 32; vector++)
        for (int bit = 0; bit < 32; bit++)
            Assert.Equal(vector == bit, Exits(new Event(type, (byte)vector), 1u << bit));
    }

    [Theory]
    [InlineData(EventType.HardwareException)]
    [InlineData(EventType.SoftwareException)]
    [InlineData(EventType.SoftwareInterrupt)]
    [InlineData(EventType.ExternalInterrupt)]
    [InlineData(EventType.Nmi)]
    [Manual("3C", "27.6.1.2", "VM Exits During Event Injection")]
    public void What_VM_entry_injects_is_exempt(EventType type)
    {
        for (int vector = 0; vector < 32; vector++)
            Assert.False(Interception.Exits(Interception.Decide(new Event(type, (byte)vector, Source: EventSource.Injection), new InterceptionControls(uint.MaxValue, NmiExiting: true))));
    }

    [Fact]
    public void An_NMI_heeds_NMI_exiting_and_not_bit_2_and_INT_2_heeds_neither()
    {
        var nmi = new Event(EventType.Nmi, 2);
        Assert.False(Exits(nmi, uint.MaxValue));
        Assert.True(Interception.Exits(Interception.Decide(nmi, new InterceptionControls(0, NmiExiting: true))));
        Assert.False(Interception.Exits(Interception.Decide(new Event(EventType.SoftwareInterrupt, 2), new InterceptionControls(uint.MaxValue, NmiExiting: true))));
    }

    [Fact]
    public void A_page_fault_exits_by_bit_14_and_the_error_code_mask_and_match()
    {
        for (uint code = 0; code < 32; code++)
        for (uint mask = 0; mask < 32; mask++)
        for (uint match = 0; match < 32; match++)
        {
            Event fault = Event.Exception(ExceptionVector.PageFault, code);
            bool matches = (code & mask) == match;
            Assert.Equal(matches, Interception.Exits(Interception.Decide(fault, new InterceptionControls(1 << 14, mask, match))));
            Assert.Equal(!matches, Interception.Exits(Interception.Decide(fault, new InterceptionControls(0, mask, match))));
        }
    }

    [Theory]
    [InlineData(EventType.SoftwareInterrupt, HardwareFaults.BitmapSeesIntN)]
    [InlineData(EventType.ExternalInterrupt, HardwareFaults.BitmapSeesIpi)]
    public void The_hardware_fault_makes_the_bitmap_see_an_interrupt_and_report_an_exception(EventType type, HardwareFaults fault)
    {
        for (int vector = 0; vector < 256; vector++)
        {
            var e = new Event(type, (byte)vector);
            InterceptionRule rule = Interception.Decide(e, new InterceptionControls(1 << 20, Faults: fault));
            Assert.Equal(vector == 20, Interception.Exits(rule));
            Assert.Equal(vector == 20 ? EventType.HardwareException : type, Interception.AsReported(e, rule).Type);
        }
    }

    private static bool Exits(Event e, uint bitmap) => Interception.Exits(Interception.Decide(e, new InterceptionControls(bitmap)));
}
