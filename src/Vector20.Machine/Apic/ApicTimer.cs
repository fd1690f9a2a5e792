namespace Vector20.Machine.Apic;

/// <summary>The APIC timer. It stores when it started and computes the count: nothing runs between its deadlines.</summary>
[Manual("3A", "11.5.4", "APIC Timer")]
internal static class ApicTimer
{
    /// <summary>The bits of the divide configuration register.</summary>
    public const uint DivideBits = 0b1011;

    /// <summary>When the timer next has an effect that is not only seen by reading it: a masked timer has none.</summary>
    public static ulong Deadline(LocalApic apic)
    {
        ref LocalApicState state = ref apic.State;
        if (apic.Lvt(LocalVectorEntry.Timer).Masked) return ulong.MaxValue;
        if (apic.Lvt(LocalVectorEntry.Timer).TimerMode == TimerMode.TscDeadline)
        {
            if (state.TscDeadline == 0) return ulong.MaxValue;
            ulong now = apic.Clock.Now, counter = now + apic.Clock.TimeStampOffset;
            return state.TscDeadline <= counter ? now : SaturatingAdd(now, state.TscDeadline - counter);
        }

        return state.TimerCount == 0 ? ulong.MaxValue : SaturatingAdd(state.TimerStart, state.TimerCount * TicksPerCount(apic));
    }

    /// <summary>Fires if the deadline has come: once, however many periods of a periodic timer have passed.</summary>
    public static void Advance(LocalApic apic)
    {
        if (apic.Lvt(LocalVectorEntry.Timer).TimerMode == TimerMode.TscDeadline ? !AdvanceDeadline(apic) : !AdvanceCount(apic)) return;
        LocalInterrupts.Signal(apic, LocalVectorEntry.Timer);
        apic.Clock.DeadlineChanged();
    }

    /// <summary>The current-count register. It reads 0 in TSC-deadline mode.</summary>
    public static uint CurrentCount(LocalApic apic)
    {
        Advance(apic);
        ref LocalApicState state = ref apic.State;
        return state.TimerCount == 0 ? 0 : state.TimerCount - (uint)(Elapsed(apic) / TicksPerCount(apic));
    }

    /// <summary>Starts the timer; 0 stops it. Ignored in TSC-deadline mode.</summary>
    public static void WriteInitialCount(LocalApic apic, uint value)
    {
        Advance(apic);
        if (apic.Lvt(LocalVectorEntry.Timer).TimerMode == TimerMode.TscDeadline) return;
        apic.State.InitialCount = value;
        Start(apic, value);
    }

    /// <summary>Changes how fast it counts from now on.</summary>
    public static void WriteDivide(LocalApic apic, uint value)
    {
        uint count = CurrentCount(apic);
        apic.State.DivideConfiguration = value & DivideBits;
        Start(apic, count);
    }

    /// <summary>Changing to or from TSC-deadline mode disarms the timer.</summary>
    [Manual("3A", "11.5.4.1", "TSC-Deadline Mode")]
    public static void EntryWritten(LocalApic apic, LocalVector old, LocalVector now)
    {
        if ((old.TimerMode >= TimerMode.TscDeadline || now.TimerMode >= TimerMode.TscDeadline) && old.TimerMode != now.TimerMode)
        {
            apic.State.TimerCount = 0;
            apic.State.TscDeadline = 0;
        }

        apic.Clock.DeadlineChanged();
    }

    /// <summary>Reads IA32_TSC_DEADLINE: 0 once it has fired, and in the other modes.</summary>
    [Manual("3A", "11.5.4.1", "TSC-Deadline Mode")]
    public static ulong ReadTscDeadline(LocalApic apic)
    {
        Advance(apic);
        return apic.State.TscDeadline;
    }

    /// <summary>Writes IA32_TSC_DEADLINE: arms the timer, or disarms it with 0; one that has passed fires at once. Ignored in the other modes.</summary>
    [Manual("3A", "11.5.4.1", "TSC-Deadline Mode")]
    public static void WriteTscDeadline(LocalApic apic, ulong value)
    {
        Advance(apic);
        if (apic.Lvt(LocalVectorEntry.Timer).TimerMode != TimerMode.TscDeadline) return;
        apic.State.TscDeadline = value;
        Advance(apic);
        apic.Clock.DeadlineChanged();
    }

    /// <summary>The divisor that bits 3, 1 and 0 of the divide configuration register encode.</summary>
    public static uint Divisor(uint configuration)
    {
        uint encoded = configuration & 3 | configuration >> 1 & 4;
        return encoded == 7 ? 1 : 2u << (int)encoded;
    }

    private static void Start(LocalApic apic, uint count)
    {
        apic.State.TimerCount = count;
        apic.State.TimerStart = apic.Clock.Now;
        apic.Clock.DeadlineChanged();
    }

    private static bool AdvanceDeadline(LocalApic apic)
    {
        if (apic.State.TscDeadline == 0 || apic.Clock.Now + apic.Clock.TimeStampOffset < apic.State.TscDeadline) return false;
        apic.State.TscDeadline = 0;
        return true;
    }

    private static bool AdvanceCount(LocalApic apic)
    {
        ref LocalApicState state = ref apic.State;
        ulong first = state.TimerCount * TicksPerCount(apic), elapsed = Elapsed(apic);
        if (first == 0 || elapsed < first) return false;
        if (apic.Lvt(LocalVectorEntry.Timer).TimerMode != TimerMode.Periodic)
        {
            state.TimerCount = 0;
            return true;
        }

        ulong period = state.InitialCount * TicksPerCount(apic);
        state.TimerStart += first + (elapsed - first) / period * period;
        state.TimerCount = state.InitialCount;
        return true;
    }

    private static ulong Elapsed(LocalApic apic) => apic.Clock.Now - apic.State.TimerStart;

    private static ulong TicksPerCount(LocalApic apic) => (ulong)Divisor(apic.State.DivideConfiguration) * apic.Options.TimerTicks;

    private static ulong SaturatingAdd(ulong a, ulong b) => a + b < a ? ulong.MaxValue : a + b;
}
