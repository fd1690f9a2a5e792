using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vector20.Machine.Platform.Interrupts;
using Vector20.Machine.Scheduling;

namespace Vector20.Machine.Platform.Timers;

/// <summary>The MC146818 real-time clock with 128 bytes of CMOS RAM, at ports 70H and 71H. Its date is a start date plus the machine's time.</summary>
[Manual("MC146818", "Registers", "MC146818 Real-Time Clock")]
public sealed class RealTimeClock : IBytePortDevice, ITimedDevice, IDevice
{
    /// <summary>The frequency of its crystal.</summary>
    internal const ulong Hertz = 32_768;

    private const ushort Index = 0x70, Data = 0x71;
    private const int RegisterA = 0xA, RegisterB = 0xB, RegisterC = 0xC, RegisterD = 0xD, Line = 8;
    private const byte UpdateInProgress = 0x80, DividerOn = 0x20, DividerMask = 0x70, ValidRam = 0x80;
    private const byte Set = 0x80, Binary = 4, Hours24 = 2, Request = 0x80, Periodic = 0x40, Alarm = 0x20, Update = 0x10, Sources = 0x70;
    private const ulong UpdatePeriods = 8;

    /// <summary>Some 4,700 years: the clock stands still when so much time has passed since it was set.</summary>
    private const ulong LongestRun = 150_000_000_000;

    private readonly InterruptLines _lines;
    private readonly DeviceClock _clock;
    private ClockState _state;

    internal RealTimeClock(DeviceBus bus, DeviceClock clock, InterruptLines lines, DateTime start)
    {
        _clock = clock;
        _lines = lines;
        _state.Base = start.Ticks;
        Registers[RegisterA] = DividerOn | 6;
        Registers[RegisterB] = Hours24;
        bus.AddPorts(Index, 2, this);
    }

    /// <inheritdoc/>
    public Span<byte> StateBytes => DeviceState.Bytes(ref _state);

    /// <summary>The 128 bytes: the clock's registers, and RAM for whoever sets the machine up.</summary>
    public Span<byte> Registers => _state.Registers;

    /// <inheritdoc/>
    public ulong NextDeadline
    {
        get
        {
            int wanted = Registers[RegisterB] & ~Registers[RegisterC] & Sources;
            ulong next = ulong.MaxValue;
            if ((wanted & Periodic) != 0 && Period != 0) next = (_state.Checked / Period + 1) * Period;
            if ((wanted & (Alarm | Update)) != 0 && Counts) next = Math.Min(next, _state.BaseTime + ((_state.Checked - _state.BaseTime) / Hertz + 1) * Hertz);
            return _clock.TickOf(next);
        }
    }

    private bool Counts => (Registers[RegisterB] & Set) == 0 && (Registers[RegisterA] & DividerMask) == DividerOn;

    /// <summary>The interval of periodic interrupts in periods of the crystal; 0 if there are none.</summary>
    private ulong Period => (Registers[RegisterA] & 15) switch { 0 => 0, 1 => 128, 2 => 256, int rate => 1ul << (rate - 1) };

    /// <inheritdoc/>
    public void Advance()
    {
        ulong now = _clock.Now;
        byte happened = 0;
        if (Period != 0 && now / Period != _state.Checked / Period) happened |= Periodic;
        ulong from = (_state.Checked - _state.BaseTime) / Hertz, to = (now - _state.BaseTime) / Hertz;
        if (Counts && to != from)
        {
            happened |= Update;
            // A day of seconds has them all.
            for (ulong second = Math.Max(from, to - Math.Min(to, 86_400)) + 1; second <= to && (happened & Alarm) == 0; second++)
                if (ClockDate.AlarmMatches(Registers, TimeAt(second), IsBinary, Is24Hours)) happened |= Alarm;
        }

        _state.Checked = now;
        Registers[RegisterC] |= happened;
        SetLine();
    }

    /// <inheritdoc/>
    public byte ReadPort(ushort port)
    {
        if (port == Index) return 0xFF;
        Advance();
        int index = _state.Index;
        if (IsTime(index)) ShowTime();
        byte value = index switch
        {
            RegisterA => (byte)(Registers[RegisterA] | (IsUpdating ? UpdateInProgress : 0)),
            RegisterD => ValidRam,
            _ => Registers[index],
        };
        if (index != RegisterC) return value;
        Registers[RegisterC] = 0;
        SetLine();
        _clock.DeadlineChanged();
        return value;
    }

    /// <inheritdoc/>
    public void WritePort(ushort port, byte value)
    {
        if (port == Index)
        {
            _state.Index = (byte)(value & 0x7F);
            return;
        }

        Advance();
        ShowTime();
        bool counted = Counts, setsTime = IsTime(_state.Index);
        if (_state.Index is RegisterC or RegisterD) return;
        Registers[_state.Index] = _state.Index == RegisterA ? (byte)(value & ~UpdateInProgress) : value;
        if (Counts && (setsTime || !counted)) KeepTime();
        SetLine();
        _clock.DeadlineChanged();
    }

    private static bool IsTime(int index) => index <= ClockDate.Year && (index & 1) == 0 || index is ClockDate.Day or ClockDate.Year or ClockDate.Century;

    private bool IsBinary => (Registers[RegisterB] & Binary) != 0;

    private bool Is24Hours => (Registers[RegisterB] & Hours24) != 0;

    private bool IsUpdating => Counts && (_clock.Now - _state.BaseTime) % Hertz >= Hertz - UpdatePeriods;

    private DateTime TimeAt(ulong seconds) => new DateTime(_state.Base, DateTimeKind.Utc).AddSeconds(Math.Min(seconds, LongestRun));

    /// <summary>Puts the current time into the registers, unless software holds it still.</summary>
    private void ShowTime()
    {
        if (Counts) ClockDate.Store(Registers, TimeAt((_clock.Now - _state.BaseTime) / Hertz), IsBinary, Is24Hours);
    }

    /// <summary>The time goes on from what the registers hold now; the fraction of the second is kept.</summary>
    private void KeepTime()
    {
        _state.Base = ClockDate.Load(Registers, IsBinary, Is24Hours).Ticks;
        _state.BaseTime = _clock.Now - (_clock.Now - _state.BaseTime) % Hertz;
    }

    private void SetLine()
    {
        ref byte flags = ref Registers[RegisterC];
        bool asserted = (flags & Registers[RegisterB] & Sources) != 0;
        flags = (byte)(asserted ? flags | Request : flags & ~Request);
        _lines.Set(Line, asserted);
    }
}

/// <summary>The 128 bytes behind port 71H.</summary>
[InlineArray(128)]
internal struct ClockRegisters
{
    private byte _first;
}

/// <summary>Everything the clock remembers.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct ClockState
{
    public byte Index;

    /// <summary>The date (100 ns since year 1) at the crystal period <see cref="BaseTime"/>.</summary>
    public long Base;

    public ulong BaseTime;

    /// <summary>Until which period events have been noticed.</summary>
    public ulong Checked;

    public ClockRegisters Registers;
}
