using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vector20.Machine.Platform.Timers;

/// <summary>One timer of the HPET.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct HpetTimerState
{
    /// <summary>The bits of its configuration that can be written.</summary>
    public uint Configuration;

    /// <summary>The counter's value that it waits for.</summary>
    public ulong Comparator;

    /// <summary>What is added to the comparator of a periodic timer at each match.</summary>
    public ulong Period;
}

/// <summary>The three timers.</summary>
[InlineArray(Count)]
internal struct HpetTimers
{
    public const int Count = 3;

    private HpetTimerState _first;
}

/// <summary>Everything the HPET remembers.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct HpetState
{
    public byte Configuration;

    /// <summary>The level-triggered timers whose interrupt is active, a bit each.</summary>
    public byte Status;

    /// <summary>The edge-triggered timers whose line is up, a bit each.</summary>
    public byte Edges;

    /// <summary>The inputs that it holds up, a bit each.</summary>
    public uint Driven;

    /// <summary>The counter at the period <see cref="Checked"/> of its clock.</summary>
    public ulong Counter;

    public ulong Checked;

    public HpetTimers Timers;
}
