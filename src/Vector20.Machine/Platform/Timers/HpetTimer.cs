namespace Vector20.Machine.Platform.Timers;

/// <summary>What one timer of the HPET does with its registers and with time.</summary>
[Manual("HPET", "Timer N Configuration and Capabilities Register", "IA-PC HPET Specification 1.0a")]
internal static class HpetTimer
{
    /// <summary>The inputs of the I/O APIC that a timer may have: those that no device of a PC has.</summary>
    public const uint Routes = 0x00FF_0000;

    private const uint LevelTriggered = 1 << 1, InterruptEnabled = 1 << 2, Periodic = 1 << 3, SetsComparator = 1 << 6, Narrow = 1 << 8;
    private const uint MayBePeriodic = 1 << 4, Is64Bit = 1 << 5, RouteMask = 31 << RouteShift, Writable = LevelTriggered | InterruptEnabled | Periodic | SetsComparator | Narrow;
    private const int RouteShift = 9;

    public static bool IsLevelTriggered(in HpetTimerState timer) => (timer.Configuration & LevelTriggered) != 0;

    public static bool Interrupts(in HpetTimerState timer) => (timer.Configuration & InterruptEnabled) != 0;

    public static int Route(in HpetTimerState timer) => (int)(timer.Configuration & RouteMask) >> RouteShift;

    public static ulong ReadConfiguration(in HpetTimerState timer) => (ulong)Routes << 32 | timer.Configuration & ~SetsComparator | MayBePeriodic | Is64Bit;

    /// <summary>A route that the timer does not have is not taken over: reading back shows that.</summary>
    public static void WriteConfiguration(ref HpetTimerState timer, ulong mask, ulong value)
    {
        var written = (uint)(timer.Configuration & ~mask | value);
        uint route = (1u << (int)((written & RouteMask) >> RouteShift) & Routes) != 0 ? written & RouteMask : timer.Configuration & RouteMask;
        timer.Configuration = written & Writable | route;
        timer.Comparator &= Width(timer);
        timer.Period &= Width(timer);
    }

    /// <summary>A periodic timer takes the value as its period; as its comparator too, once after bit 6 of its configuration was set.</summary>
    [Manual("HPET", "Timer N Comparator Value Register", "IA-PC HPET Specification 1.0a")]
    public static void WriteComparator(ref HpetTimerState timer, ulong mask, ulong value)
    {
        bool periodic = (timer.Configuration & Periodic) != 0;
        if (!periodic || (timer.Configuration & SetsComparator) != 0) timer.Comparator = (timer.Comparator & ~mask | value) & Width(timer);
        if (periodic) timer.Period = (timer.Period & ~mask | value) & Width(timer);
        timer.Configuration &= ~SetsComparator;
    }

    /// <summary>How far the counter is from its next match: from 1 to all around.</summary>
    public static ulong Distance(in HpetTimerState timer, ulong counter)
    {
        ulong width = Width(timer), distance = (timer.Comparator - counter) & width;
        if (distance != 0) return distance;
        return width == ulong.MaxValue ? ulong.MaxValue : width + 1;
    }

    /// <summary>The counter goes on by some periods; whether it met the comparator. That of a periodic timer then lies ahead again.</summary>
    public static bool Pass(ref HpetTimerState timer, ulong counter, ulong elapsed)
    {
        ulong distance = Distance(timer, counter);
        if (elapsed < distance) return false;
        if ((timer.Configuration & Periodic) == 0 || timer.Period == 0) return true;
        ulong matches = (elapsed - distance) / timer.Period + 1;
        timer.Comparator = (timer.Comparator + matches * timer.Period) & Width(timer);
        return true;
    }

    private static ulong Width(in HpetTimerState timer) => (timer.Configuration & Narrow) != 0 ? uint.MaxValue : ulong.MaxValue;
}
