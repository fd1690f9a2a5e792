using Vector20.Machine.Apic;
using Vector20.Machine.Events;

namespace Vector20.Machine.Processors;

/// <summary>What the processor's local APIC tells it, and the time it tells the APIC.</summary>
public sealed partial class Processor : IApicClient, IApicClock
{
    ulong IApicClock.Now => Computer.Now;

    ulong IApicClock.TimeStampOffset => TimeStampOffset;

    void IApicClock.DeadlineChanged() => Computer.Scheduler.DeadlinesChanged();

    IEventObserver? IApicClient.Observer => Computer.EventObserver;

    void IApicClient.InterruptsChanged() => Computer.Scheduler.Attend(this);

    void IApicClient.Nmi()
    {
        NmiPending = true;
        Computer.Scheduler.Attend(this);
    }

    void IApicClient.Smi()
    {
        SmiPending = true;
        Computer.Scheduler.Attend(this);
    }

    void IApicClient.Init()
    {
        InitPending = true;
        Computer.Scheduler.Attend(this);
    }

    /// <summary>A start-up IPI is heard only while the processor waits for one, or will once it has performed the INIT before it.</summary>
    [Manual("3A", "9.4.4", "MP Initialization Example")]
    void IApicClient.StartUp(byte vector)
    {
        if (Activity != ActivityState.WaitForSipi && !InitPending) return;
        SipiPending = vector;
        Computer.Scheduler.Attend(this);
    }
}
