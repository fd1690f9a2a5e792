using System.Runtime.InteropServices;
using Vector20.Machine.Platform.Interrupts;
using Vector20.Machine.Platform.Timers;
using Vector20.Machine.Scheduling;

namespace Vector20.Machine.Platform.Chipset;

/// <summary>ACPI's fixed hardware: the PM1 event and control registers, and the power-management timer. The machine is in ACPI mode from the start.</summary>
[Manual("ACPI", "4.8", "ACPI Register Model")]
public sealed class PowerManagement : IPortDevice, ITimedDevice, IDevice
{
    /// <summary>The timer's frequency.</summary>
    internal const ulong Hertz = 3_579_545;

    private const int TimerBits = 24;
    private const ushort TimerStatus = 1, SciEnable = 1, SleepEnable = 1 << 13;
    private const int SleepTypeShift = 10;

    private readonly DeviceClock _clock;
    private readonly InterruptLines _lines;
    private readonly Scheduler _scheduler;
    private PowerState _state;

    internal PowerManagement(DeviceBus bus, DeviceClock clock, InterruptLines lines, Scheduler scheduler)
    {
        _clock = clock;
        _lines = lines;
        _scheduler = scheduler;
        bus.AddPorts(PlatformLayout.PowerEventPort, 4, this);
        bus.AddPorts(PlatformLayout.PowerControlPort, 2, this);
        bus.AddPorts(PlatformLayout.PowerTimerPort, 4, this);
    }

    /// <inheritdoc/>
    public Span<byte> StateBytes => DeviceState.Bytes(ref _state);

    /// <inheritdoc/>
    public ulong NextDeadline =>
        (_state.Enabled & TimerStatus) == 0 || _state.Asserted ? ulong.MaxValue : _clock.TickOf((_state.SeenHalfPeriods + 1) << (TimerBits - 1));

    private ulong HalfPeriods => _clock.Now >> (TimerBits - 1);

    /// <summary>The timer's highest bit has changed since software cleared the status.</summary>
    private bool TimerHasCarried => HalfPeriods != _state.SeenHalfPeriods;

    /// <inheritdoc/>
    public void Advance()
    {
        _state.Asserted = TimerHasCarried && (_state.Enabled & TimerStatus) != 0;
        _lines.Set(PlatformLayout.SystemControlInterrupt, _state.Asserted);
    }

    /// <inheritdoc/>
    public uint ReadPort(ushort port, int size)
    {
        ulong block = port >= PlatformLayout.PowerTimerPort ? _clock.Now & (1ul << TimerBits) - 1
            : port >= PlatformLayout.PowerControlPort ? (uint)_state.Control | SciEnable
            : (uint)_state.Enabled << 16 | (TimerHasCarried ? TimerStatus : 0u);
        return (uint)(block >> 8 * (port & 3)) & uint.MaxValue >> (32 - 8 * size);
    }

    /// <inheritdoc/>
    public void WritePort(ushort port, int size, uint value)
    {
        switch (port)
        {
            case PlatformLayout.PowerEventPort:
                if ((value & TimerStatus) != 0) _state.SeenHalfPeriods = HalfPeriods;
                if (size == 4) _state.Enabled = (ushort)(value >> 16);
                break;
            case PlatformLayout.PowerEventPort + 2:
                _state.Enabled = (ushort)value;
                break;
            case PlatformLayout.PowerControlPort when size >= 2:
                WriteControl((ushort)value);
                break;
        }

        Advance();
        _clock.DeadlineChanged();
    }

    private void WriteControl(ushort value)
    {
        _state.Control = (ushort)(value & ~SleepEnable);
        bool softOff = (value >> SleepTypeShift & 7) == PlatformLayout.SoftOffSleepType;
        if ((value & SleepEnable) != 0 && softOff) _scheduler.EndRun(RunEnd.PowerOff);
    }
}

/// <summary>Everything the fixed hardware remembers.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct PowerState
{
    public ushort Enabled, Control;
    public ulong SeenHalfPeriods;

    /// <summary>The system control interrupt.</summary>
    public bool Asserted;
}
