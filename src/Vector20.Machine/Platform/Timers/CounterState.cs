using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vector20.Machine.Platform.Timers;

/// <summary>The modes of an 8254 counter.</summary>
[Manual("8254", "Mode Definitions", "8254 Programmable Interval Timer")]
public enum CounterMode : byte
{
    /// <summary>Interrupt on terminal count.</summary>
    TerminalCount = 0,

    /// <summary>Hardware retriggerable one-shot.</summary>
    OneShot = 1,

    /// <summary>Rate generator.</summary>
    Rate = 2,

    /// <summary>Square wave.</summary>
    SquareWave = 3,

    /// <summary>Software-triggered strobe.</summary>
    SoftwareStrobe = 4,

    /// <summary>Hardware-triggered strobe.</summary>
    HardwareStrobe = 5,
}

/// <summary>Everything one counter of an 8254 remembers.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct CounterState
{
    public CounterMode Mode;

    /// <summary>Bits 5:4 of the control word: 1 low byte, 2 high byte, 3 both.</summary>
    public byte Access;

    public bool Bcd, Gate;

    /// <summary>Whether the next access of a counter read or written in two bytes is the high one.</summary>
    public bool WritesHigh, ReadsHigh;

    /// <summary>The low byte written, until the high one is.</summary>
    public byte WrittenLow;

    /// <summary>The count that a latch command caught, and whether there is one; likewise the status.</summary>
    public ushort LatchedCount;

    public byte LatchedStatus;
    public bool CountIsLatched, StatusIsLatched;

    /// <summary>The count written, 1-10000H; 0 before any.</summary>
    public uint Reload;

    /// <summary>Whether the counter counts, and the clock period when it began with <see cref="Reload"/>.</summary>
    public bool Running;

    public ulong Start;

    /// <summary>Clocks counted when the gate stopped it.</summary>
    public ulong Held;
}

/// <summary>The three counters.</summary>
[InlineArray(3)]
internal struct Counters
{
    private CounterState _first;
}
