namespace Vector20.Machine.Platform.Timers;

/// <summary>How a counter of an 8254 is programmed and read, a byte at a time.</summary>
[Manual("8254", "Read Operations", "8254 Programmable Interval Timer")]
[Manual("8254", "Write Operations", "8254 Programmable Interval Timer")]
internal static class CounterPort
{
    private const byte LowByte = 1, HighByte = 2;

    /// <summary>A control word: mode, access and number format. The counter stops until a count is written.</summary>
    public static void Program(ref CounterState state, byte control)
    {
        int mode = control >> 1 & 7;
        state = new CounterState
        {
            // Modes 6 and 7 are modes 2 and 3: the highest bit is ignored then.
            Mode = (CounterMode)(mode > 5 ? mode - 4 : mode),
            Access = (byte)(control >> 4 & 3),
            Bcd = (control & 1) != 0,
            Gate = state.Gate,
        };
    }

    /// <summary>Catches the count, the status, or both, until they are read. What is caught already stays.</summary>
    public static void Latch(ref CounterState state, bool count, bool status, ulong now)
    {
        if (count && !state.CountIsLatched)
        {
            state.LatchedCount = Counter.Count(state, now);
            state.CountIsLatched = true;
        }

        if (status && !state.StatusIsLatched)
        {
            int output = Counter.Output(state, now) ? 0x80 : 0, noCount = state.Reload == 0 ? 0x40 : 0;
            state.LatchedStatus = (byte)(output | noCount | state.Access << 4 | (int)state.Mode << 1 | (state.Bcd ? 1 : 0));
            state.StatusIsLatched = true;
        }
    }

    public static byte Read(ref CounterState state, ulong now)
    {
        if (state.StatusIsLatched)
        {
            state.StatusIsLatched = false;
            return state.LatchedStatus;
        }

        ushort count = state.CountIsLatched ? state.LatchedCount : Counter.Count(state, now);
        bool high = state.Access == HighByte || state.Access != LowByte && state.ReadsHigh;
        if (state.Access is not (LowByte or HighByte)) state.ReadsHigh = !state.ReadsHigh;
        if (!state.ReadsHigh) state.CountIsLatched = false;
        return (byte)(high ? count >> 8 : count);
    }

    public static void Write(ref CounterState state, byte value, ulong now)
    {
        if (state.Access == LowByte) Counter.Load(ref state, value, now);
        else if (state.Access == HighByte) Counter.Load(ref state, (ushort)(value << 8), now);
        else if (state.WritesHigh) Counter.Load(ref state, (ushort)(value << 8 | state.WrittenLow), now);
        else state.WrittenLow = value;
        if (state.Access is not (LowByte or HighByte)) state.WritesHigh = !state.WritesHigh;
    }
}
