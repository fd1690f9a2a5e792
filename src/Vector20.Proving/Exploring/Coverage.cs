using Vector20.Hypervisor.Mmu;
using Vector20.Machine.Events;
using Vector20.Proving.Properties;

namespace Vector20.Proving.Exploring;

/// <summary>What was seen while actions were performed: counts, for the report.</summary>
public sealed class Coverage
{
    /// <summary>Kinds of delivery, the rows of the matrix: external interrupt, NMI, exception, INT n, INT1, INT3 and INTO.</summary>
    public const int Sources = 6;

    private const int States = 10;

    /// <summary>How often each vector was delivered by each kind of source.</summary>
    public long[] Delivered { get; init; } = new long[Sources * 256];

    /// <summary>VM exits by basic reason.</summary>
    public long[] Exits { get; init; } = new long[128];

    /// <summary>How often an EPT entry went from one state to another.</summary>
    public long[] Transitions { get; init; } = new long[States * States];

    /// <summary>EPT violations that were examined for #VE.</summary>
    public long Violations { get; set; }

    /// <summary>How often a vector was delivered by a kind of source.</summary>
    public long DeliveredBy(int source, int vector) => Delivered[source * 256 + vector];

    /// <summary>How often entries went from one state to another.</summary>
    public long Between(ShadowEntryState from, ShadowEntryState to) => Transitions[(int)from * States + (int)to];

    /// <summary>Takes in what one action brought.</summary>
    public void Add(Observation seen)
    {
        foreach (EventStep step in seen.Events) Add(step);
        foreach (EntryWrite write in seen.Writes)
        {
            if (write.State is not { } state) continue;
            Transitions[(int)ShadowEntry.StateOf(write.Old, write.Location.Level) * States + (int)state]++;
        }
    }

    /// <summary>Takes in another's counts.</summary>
    public void Add(Coverage other)
    {
        Sum(Delivered, other.Delivered);
        Sum(Exits, other.Exits);
        Sum(Transitions, other.Transitions);
        Violations += other.Violations;
    }

    private void Add(in EventStep step)
    {
        if (step.Kind == EventStepKind.Delivered) Delivered[RowOf(step.Event.Type) * 256 + step.Event.Vector]++;
        else if (step.Kind == EventStepKind.VmExit) Exits[step.Value & 127]++;
        else if (step.Kind == EventStepKind.Converted) Violations++;
    }

    private static int RowOf(EventType type) => type switch
    {
        EventType.ExternalInterrupt => 0,
        EventType.Nmi => 1,
        EventType.HardwareException => 2,
        EventType.SoftwareInterrupt => 3,
        EventType.PrivilegedSoftwareException => 4,
        _ => 5,
    };

    private static void Sum(long[] to, long[] from)
    {
        for (int i = 0; i < to.Length; i++) to[i] += from[i];
    }
}
