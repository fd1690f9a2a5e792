using System.Runtime.InteropServices;
using Vector20.Machine.Platform.Interrupts;
using Vector20.Machine.Scheduling;

namespace Vector20.Machine.Platform.Timers;

/// <summary>The 8254 interval timer at 40H: counter 0 drives interrupt line 0, counter 2 the speaker; port 61H has its gate and output.</summary>
[Manual("8254", "Programming the 8254", "8254 Programmable Interval Timer")]
public sealed class IntervalTimer : IBytePortDevice, ITimedDevice, IDevice
{
    /// <summary>The frequency of its clock.</summary>
    public const ulong Hertz = 1_193_182;

    private const ushort Counters = 0x40, Control = 0x43, SystemControl = 0x61;
    private const int TimerLine = 0, Speaker = 2;
    private const byte LatchCommand = 0, BothBytes = 3, ReadBack = 3;

    private readonly InterruptLines _lines;
    private readonly DeviceClock _clock;
    private IntervalTimerState _state;

    internal IntervalTimer(DeviceBus bus, DeviceClock clock, InterruptLines lines)
    {
        _clock = clock;
        _lines = lines;
        _state.Counters[0].Gate = _state.Counters[1].Gate = true;
        for (int i = 0; i < 3; i++) _state.Counters[i].Access = BothBytes;
        bus.AddPorts(Counters, 4, this);
        bus.AddPorts(SystemControl, 1, this);
    }

    /// <inheritdoc/>
    public Span<byte> StateBytes => DeviceState.Bytes(ref _state);

    /// <inheritdoc/>
    public ulong NextDeadline => _clock.TickOf(Counter.NextChange(_state.Counters[0], _state.Checked));

    /// <inheritdoc/>
    public void Advance()
    {
        _state.Checked = _clock.Now;
        _lines.Set(TimerLine, Counter.Output(_state.Counters[0], _state.Checked));
    }

    /// <inheritdoc/>
    public byte ReadPort(ushort port) => port switch
    {
        SystemControl => ReadSystemControl(),
        Control => 0xFF,
        _ => CounterPort.Read(ref _state.Counters[port - Counters], _clock.Now),
    };

    /// <inheritdoc/>
    public void WritePort(ushort port, byte value)
    {
        ulong now = _clock.Now;
        if (port == SystemControl) WriteSystemControl(value, now);
        else if (port == Control) WriteControl(value, now);
        else CounterPort.Write(ref _state.Counters[port - Counters], value, now);
        Advance();
        _clock.DeadlineChanged();
    }

    private void WriteControl(byte value, ulong now)
    {
        int select = value >> 6;
        if (select == ReadBack)
        {
            for (int i = 0; i < 3; i++)
                if ((value >> (i + 1) & 1) != 0) CounterPort.Latch(ref _state.Counters[i], (value & 0x20) == 0, (value & 0x10) == 0, now);
        }
        else if ((value >> 4 & 3) == LatchCommand) CounterPort.Latch(ref _state.Counters[select], true, false, now);
        else CounterPort.Program(ref _state.Counters[select], value);
    }

    /// <summary>Port 61H: gate of counter 2, speaker, a bit that toggles as memory is refreshed, output of counter 2.</summary>
    private byte ReadSystemControl()
    {
        ulong now = _clock.Now;
        int refresh = (int)(now / 18 & 1), output = Counter.Output(_state.Counters[Speaker], now) ? 1 : 0;
        return (byte)(_state.SystemControl | refresh << 4 | output << 5);
    }

    private void WriteSystemControl(byte value, ulong now)
    {
        _state.SystemControl = (byte)(value & 0xF);
        Counter.SetGate(ref _state.Counters[Speaker], (value & 1) != 0, now);
    }
}

/// <summary>Everything the timer remembers.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct IntervalTimerState
{
    public Counters Counters;

    /// <summary>The clock at which the interrupt line was last set.</summary>
    public ulong Checked;

    /// <summary>Bits 3:0 of port 61H.</summary>
    public byte SystemControl;
}
