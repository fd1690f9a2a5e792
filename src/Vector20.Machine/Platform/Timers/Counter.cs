namespace Vector20.Machine.Platform.Timers;

/// <summary>
/// What one counter of an 8254 shows at a time: it stores when it was started and computes the rest. A count takes effect at once,
/// not at the next clock.
/// </summary>
[Manual("8254", "Mode Definitions", "8254 Programmable Interval Timer")]
internal static class Counter
{
    /// <summary>Whether the counter reloads itself.</summary>
    public static bool IsPeriodic(in CounterState state) => state.Mode is CounterMode.Rate or CounterMode.SquareWave;

    /// <summary>The level of OUT.</summary>
    public static bool Output(in CounterState state, ulong now)
    {
        if (state.Reload == 0) return state.Mode != CounterMode.TerminalCount;
        ulong passed = Passed(state, now);
        ulong within = passed % state.Reload;
        return state.Mode switch
        {
            CounterMode.TerminalCount => passed >= state.Reload,
            CounterMode.OneShot => !state.Running || passed >= state.Reload,
            CounterMode.Rate => !state.Gate || within != state.Reload - 1,
            CounterMode.SquareWave => !state.Gate || within < (state.Reload + 1) / 2,
            _ => !state.Running || passed != state.Reload,
        };
    }

    /// <summary>The clock at which OUT next changes, or <see cref="ulong.MaxValue"/>.</summary>
    public static ulong NextChange(in CounterState state, ulong now)
    {
        if (state.Reload == 0 || !state.Running) return ulong.MaxValue;
        ulong passed = Passed(state, now), within = passed % state.Reload, periodStart = now - within;
        switch (state.Mode)
        {
            case CounterMode.Rate:
                return within < state.Reload - 1 ? periodStart + state.Reload - 1 : periodStart + state.Reload;
            case CounterMode.SquareWave:
                ulong half = (state.Reload + 1) / 2;
                return within < half && half < state.Reload ? periodStart + half : periodStart + state.Reload;
            case CounterMode.TerminalCount or CounterMode.OneShot:
                return passed < state.Reload ? state.Start + state.Reload : ulong.MaxValue;
            default:
                return passed < state.Reload ? state.Start + state.Reload : passed == state.Reload ? now + 1 : ulong.MaxValue;
        }
    }

    /// <summary>The count that a read gives. The square wave counts by two.</summary>
    public static ushort Count(in CounterState state, ulong now)
    {
        if (state.Reload == 0) return 0;
        ulong passed = Passed(state, now), modulus = state.Bcd ? 10_000u : 0x1_0000u;
        ulong count = state.Mode switch
        {
            CounterMode.Rate => state.Reload - passed % state.Reload,
            CounterMode.SquareWave => (state.Reload & ~1u) - 2 * passed % Math.Max(state.Reload & ~1u, 2),
            _ => state.Reload + modulus - passed % modulus,
        };
        return state.Bcd ? ToBcd((uint)(count % modulus)) : (ushort)count;
    }

    /// <summary>Loads a count, 0 meaning the largest. Modes 1 and 5 wait for the gate.</summary>
    public static void Load(ref CounterState state, ushort written, ulong now)
    {
        uint count = state.Bcd ? FromBcd(written) : written;
        state.Reload = count != 0 ? count : state.Bcd ? 10_000u : 0x1_0000u;
        state.Held = 0;
        state.Start = now;
        state.Running = state.Gate && state.Mode is not (CounterMode.OneShot or CounterMode.HardwareStrobe);
    }

    /// <summary>Sets the gate. In modes 0 and 4 a low gate holds the count; in the others its rising edge starts anew.</summary>
    [Manual("8254", "Gate Pin Operations Summary", "8254 Programmable Interval Timer")]
    public static void SetGate(ref CounterState state, bool gate, ulong now)
    {
        if (gate == state.Gate) return;
        bool holds = state.Mode is CounterMode.TerminalCount or CounterMode.SoftwareStrobe, triggers = state.Mode is CounterMode.OneShot or CounterMode.HardwareStrobe;
        if (!gate && !triggers)
        {
            state.Held = holds ? Passed(state, now) : 0;
            state.Running = false;
        }
        else if (gate)
        {
            state.Start = holds ? now - state.Held : now;
            state.Running = state.Reload != 0;
        }

        state.Gate = gate;
    }

    private static ulong Passed(in CounterState state, ulong now) => state.Running ? now - state.Start : state.Held;

    private static uint FromBcd(ushort value) => (uint)(value & 15) + 10u * (uint)(value >> 4 & 15) + 100u * (uint)(value >> 8 & 15) + 1000u * (uint)(value >> 12);

    private static ushort ToBcd(uint value) => (ushort)(value % 10 | value / 10 % 10 << 4 | value / 100 % 10 << 8 | value / 1000 % 10 << 12);
}
