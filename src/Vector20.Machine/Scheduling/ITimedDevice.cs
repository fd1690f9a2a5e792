namespace Vector20.Machine.Scheduling;

/// <summary>A device that does something when a time comes.</summary>
public interface ITimedDevice
{
    /// <summary>When, in ticks; <see cref="ulong.MaxValue"/> if never. Whoever changes it calls <see cref="Scheduler.DeadlinesChanged"/>.</summary>
    ulong NextDeadline { get; }

    /// <summary>The time has come.</summary>
    void Advance();
}
