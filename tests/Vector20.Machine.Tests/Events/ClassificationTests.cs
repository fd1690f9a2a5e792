using Vector20.Machine.Events;

namespace Vector20.Machine.Tests.Events;

/// <summary>The table of what two exceptions make, against a second writing of it.</summary>
[Manual("3A", "6.15", "Interrupt 8 - Double Fault Exception (#DF)")]
public class ClassificationTests
{
    private static readonly HashSet<int> s_contributory = [0, 10, 11, 12, 13, 21], s_pageFault = [14, 20];

    [Fact]
    public void Every_pair_of_hardware_exceptions_makes_what_the_table_says()
    {
        for (int first = 0; first < 32; first++)
        for (int second = 0; second < 32; second++)
        {
            NestedOutcome expected = (Class(first), Class(second)) switch
            {
                ('D', 'C' or 'P') => NestedOutcome.TripleFault,
                ('C', 'C') or ('P', 'C' or 'P') => NestedOutcome.DoubleFault,
                _ => NestedOutcome.HandledSerially,
            };
            Assert.Equal(expected, Combine(Exception(first), Exception(second)));
        }
    }

    [Fact]
    [Manual("3C", "26.5.7", "Virtualization Exceptions")]
    public void VE_is_of_the_page_fault_class()
    {
        Assert.Equal(ExceptionClass.PageFault, Classification.Of(Exception(20)));
        Assert.Equal(NestedOutcome.DoubleFault, Combine(Exception(20), Exception(13)));
        Assert.Equal(NestedOutcome.DoubleFault, Combine(Exception(14), Exception(20)));
        Assert.Equal(NestedOutcome.HandledSerially, Combine(Exception(13), Exception(20)));
    }

    [Fact]
    public void Interrupts_and_software_events_are_benign_whatever_their_vector()
    {
        foreach (EventType type in (EventType[])[EventType.ExternalInterrupt, EventType.Nmi, EventType.SoftwareInterrupt, EventType.SoftwareException, EventType.PrivilegedSoftwareException])
        for (int vector = 0; vector < 256; vector++)
            Assert.Equal(ExceptionClass.Benign, Classification.Of(new Event(type, (byte)vector)));
    }

    private static NestedOutcome Combine(Event first, Event second) => Classification.Combine(Classification.Of(first), Classification.Of(second));

    private static Event Exception(int vector) => new(EventType.HardwareException, (byte)vector);

    private static char Class(int vector) => vector == 8 ? 'D' : s_contributory.Contains(vector) ? 'C' : s_pageFault.Contains(vector) ? 'P' : 'B';
}
