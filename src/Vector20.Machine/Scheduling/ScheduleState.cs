using System.Runtime.InteropServices;

namespace Vector20.Machine.Scheduling;

/// <summary>Where in the schedule a computer is.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct ScheduleState
{
    /// <summary>The time between turns, in ticks since power-up.</summary>
    public ulong Time;

    /// <summary>The number of the turn, and when it ends.</summary>
    public ulong Turn, TurnEnd;

    /// <summary>The processor whose turn it is.</summary>
    public int Current;
}
