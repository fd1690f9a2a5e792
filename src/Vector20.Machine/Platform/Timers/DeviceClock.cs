using Vector20.Machine.Scheduling;

namespace Vector20.Machine.Platform.Timers;

/// <summary>A clock of a fixed frequency derived from the machine's: how many of its periods have begun, and when one begins.</summary>
/// <param name="scheduler">The machine's clock.</param>
/// <param name="ticksPerSecond">The machine's ticks in a second.</param>
/// <param name="hertz">The frequency.</param>
internal sealed class DeviceClock(Scheduler scheduler, ulong ticksPerSecond, ulong hertz)
{
    /// <summary>Whole periods from power-up until now.</summary>
    public ulong Now => At(scheduler.Now);

    /// <summary>The first tick at which so many periods have passed.</summary>
    public ulong TickOf(ulong periods)
    {
        if (periods == ulong.MaxValue) return ulong.MaxValue;
        UInt128 tick = ((UInt128)periods * ticksPerSecond + hertz - 1) / hertz;
        return tick > ulong.MaxValue ? ulong.MaxValue : (ulong)tick;
    }

    /// <summary>Tells the scheduler that the next deadline of a device may be another.</summary>
    public void DeadlineChanged() => scheduler.DeadlinesChanged();

    private ulong At(ulong tick) => (ulong)((UInt128)tick * hertz / ticksPerSecond);
}
