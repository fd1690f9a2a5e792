using Vector20.Machine.Platform.Interrupts;
using Vector20.Machine.Scheduling;

namespace Vector20.Machine.Platform.Timers;

/// <summary>
/// The high precision event timer: a 64-bit counter at 10 MHz and three timers, each one-shot or periodic, edge- or level-triggered, on an
/// input of the I/O APIC from 16 up, or in place of the 8254 and the real-time clock on their lines.
/// </summary>
public sealed class Hpet : IMemoryDevice, ITimedDevice, IDevice
{
    /// <summary>The counter's frequency.</summary>
    internal const ulong Hertz = 10_000_000;

    /// <summary>Femtoseconds in a period, revision 1, 64 bits, three timers, legacy replacement.</summary>
    [Manual("HPET", "General Capabilities and ID Register", "IA-PC HPET Specification 1.0a")]
    internal const ulong Capabilities = (1_000_000_000_000_000 / Hertz) << 32 | 0x8086ul << 16 | 1 << 15 | 1 << 13 | (HpetTimers.Count - 1) << 8 | 1;

    private const int CapabilityRegister = 0x00, ConfigurationRegister = 0x10, StatusRegister = 0x20, CounterRegister = 0xF0, FirstTimer = 0x100, TimerLength = 0x20;
    private const int TimerConfiguration = 0, TimerComparator = 8;
    private const byte Enabled = 1, LegacyReplacement = 2;

    private readonly DeviceClock _clock;
    private readonly InterruptLines _lines;
    private HpetState _state;

    internal Hpet(DeviceBus bus, DeviceClock clock, InterruptLines lines)
    {
        _clock = clock;
        _lines = lines;
        bus.AddMemory(PlatformLayout.HpetBase, PlatformLayout.HpetLength, this);
    }

    /// <inheritdoc/>
    public Span<byte> StateBytes => DeviceState.Bytes(ref _state);

    /// <summary>Whether timers 0 and 1 have the lines of the 8254 and the real-time clock.</summary>
    [Manual("HPET", "General Configuration Register", "IA-PC HPET Specification 1.0a")]
    public bool ReplacesLegacy => (_state.Configuration & LegacyReplacement) != 0;

    /// <summary>Called when the 8254 and the real-time clock lose their lines or get them back.</summary>
    internal Action? LegacyChanged { get; set; }

    /// <inheritdoc/>
    public ulong NextDeadline
    {
        get
        {
            ulong next = ulong.MaxValue;
            for (int i = 0; Counts && i < HpetTimers.Count; i++)
            {
                if (!HpetTimer.Interrupts(_state.Timers[i])) continue;
                ulong distance = HpetTimer.Distance(_state.Timers[i], _state.Counter);
                if (distance <= ulong.MaxValue - _state.Checked) next = Math.Min(next, _state.Checked + distance);
            }

            return _clock.TickOf(next);
        }
    }

    private bool Counts => (_state.Configuration & Enabled) != 0;

    /// <inheritdoc/>
    public void Advance()
    {
        ulong elapsed = _clock.Now - _state.Checked;
        _state.Checked += elapsed;
        if (!Counts || elapsed == 0) return;
        for (int i = 0; i < HpetTimers.Count; i++)
        {
            ref HpetTimerState timer = ref _state.Timers[i];
            if (HpetTimer.Pass(ref timer, _state.Counter, elapsed)) Match(i, timer);
        }

        _state.Counter += elapsed;
        SetLines();
    }

    /// <inheritdoc/>
    public ulong ReadMemory(ulong offset, int size)
    {
        Advance();
        int within = (int)offset & 7;
        return ReadRegister((int)offset & ~7) >> 8 * within & Mask(size);
    }

    /// <inheritdoc/>
    public void WriteMemory(ulong offset, int size, ulong value)
    {
        Advance();
        int register = (int)offset & ~7, shift = 8 * ((int)offset & 7);
        ulong mask = Mask(size) << shift;
        WriteRegister(register, mask, value << shift & mask);
        SetLines();
        _clock.DeadlineChanged();
    }

    private static ulong Mask(int size) => ulong.MaxValue >> (64 - 8 * size);

    private ulong ReadRegister(int register) => register switch
    {
        CapabilityRegister => Capabilities,
        ConfigurationRegister => _state.Configuration,
        StatusRegister => _state.Status,
        CounterRegister => _state.Counter,
        _ when Timer(register, out int timer, out int field) => field switch
        {
            TimerConfiguration => HpetTimer.ReadConfiguration(_state.Timers[timer]),
            TimerComparator => _state.Timers[timer].Comparator,
            _ => 0,
        },
        _ => 0,
    };

    /// <summary>Writes the bytes of a register that a mask has.</summary>
    private void WriteRegister(int register, ulong mask, ulong value)
    {
        switch (register)
        {
            case ConfigurationRegister:
                WriteConfiguration((byte)((_state.Configuration & ~mask | value) & (Enabled | LegacyReplacement)));
                break;
            case StatusRegister:
                _state.Status &= (byte)~value;
                break;
            case CounterRegister:
                _state.Counter = _state.Counter & ~mask | value;
                break;
            default:
                if (!Timer(register, out int timer, out int field)) break;
                if (field == TimerConfiguration) HpetTimer.WriteConfiguration(ref _state.Timers[timer], mask, value);
                else if (field == TimerComparator) HpetTimer.WriteComparator(ref _state.Timers[timer], mask, value);
                break;
        }
    }

    private void WriteConfiguration(byte value)
    {
        bool legacyChanges = ((value ^ _state.Configuration) & LegacyReplacement) != 0;
        if (!legacyChanges)
        {
            _state.Configuration = value;
            return;
        }

        // Whoever has the lines of the 8254 and the real-time clock lets them go before the other takes them.
        Drive(0);
        _lines.ReleaseLegacy();
        _state.Configuration = value;
        LegacyChanged?.Invoke();
    }

    private static bool Timer(int register, out int timer, out int field)
    {
        timer = (register - FirstTimer) / TimerLength;
        field = register & (TimerLength - 1);
        return register >= FirstTimer && timer < HpetTimers.Count;
    }

    /// <summary>The counter met a comparator: of a level-triggered timer the status is set; an edge goes up, and stays until the next.</summary>
    [Manual("HPET", "General Interrupt Status Register", "IA-PC HPET Specification 1.0a")]
    private void Match(int index, in HpetTimerState timer)
    {
        byte bit = (byte)(1 << index);
        if (HpetTimer.IsLevelTriggered(timer))
        {
            _state.Status |= bit;
            return;
        }

        _state.Edges &= (byte)~bit;
        SetLines();
        _state.Edges |= bit;
        SetLines();
    }

    private void SetLines()
    {
        uint wanted = 0;
        for (int i = 0; i < HpetTimers.Count; i++)
        {
            HpetTimerState timer = _state.Timers[i];
            bool asserted = ((HpetTimer.IsLevelTriggered(timer) ? _state.Status : _state.Edges) >> i & 1) != 0;
            if (!HpetTimer.Interrupts(timer)) _state.Edges &= (byte)~(1 << i);
            else if (asserted && Counts) wanted |= InputOf(i, timer);
        }

        Drive(wanted);
    }

    /// <summary>The bit of the input of a timer: a line of the 8254 or the real-time clock, an input of the I/O APIC, or none.</summary>
    private uint InputOf(int index, in HpetTimerState timer)
    {
        if (ReplacesLegacy && index < InterruptLines.Legacy.Length) return 1u << InterruptLines.Legacy[index];
        return 1u << HpetTimer.Route(timer) & HpetTimer.Routes;
    }

    private void Drive(uint wanted)
    {
        for (uint changed = wanted ^ _state.Driven; changed != 0; changed &= changed - 1)
        {
            int input = System.Numerics.BitOperations.TrailingZeroCount(changed);
            _lines.DriveByHpet(input, (wanted >> input & 1) != 0);
        }

        _state.Driven = wanted;
    }
}
