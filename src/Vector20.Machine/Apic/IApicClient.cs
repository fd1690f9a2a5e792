using Vector20.Machine.Events;

namespace Vector20.Machine.Apic;

/// <summary>What a local APIC asks of the processor, real or virtual, that it belongs to.</summary>
public interface IApicClient
{
    /// <summary>Sees what the APIC accepts and refuses; null if nobody looks.</summary>
    IEventObserver? Observer => null;

    /// <summary>Whether an interrupt is deliverable may have changed: see <see cref="LocalApic.HasDeliverableInterrupt"/>.</summary>
    void InterruptsChanged();

    /// <summary>An NMI arrived.</summary>
    void Nmi();

    /// <summary>An SMI arrived.</summary>
    void Smi();

    /// <summary>An INIT arrived. The processor calls <see cref="LocalApic.Init"/> when it performs it.</summary>
    void Init();

    /// <summary>A start-up IPI arrived.</summary>
    void StartUp(byte vector);
}

/// <summary>The time, as the APIC timer needs it.</summary>
public interface IApicClock
{
    /// <summary>The time now, in ticks.</summary>
    ulong Now { get; }

    /// <summary>Time-stamp counter less <see cref="Now"/>, modulo 2^64.</summary>
    ulong TimeStampOffset { get; }

    /// <summary><see cref="LocalApic.NextDeadline"/> changed.</summary>
    void DeadlineChanged();
}
