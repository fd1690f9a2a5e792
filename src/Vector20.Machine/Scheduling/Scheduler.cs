using System.Runtime.InteropServices;
using Vector20.Machine.Apic;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Scheduling;

/// <summary>
/// One clock and one host thread for all processors: they take turns, and time is the instructions that all of them have
/// executed plus the time when none could. So what one processor sees, another sees later, never earlier. A run cut in two at
/// any tick goes on as if it had not been cut.
/// </summary>
public sealed class Scheduler
{
    /// <summary>No run goes on beyond: a guest can make time pass as fast as it likes by halting until a far deadline.</summary>
    private const ulong EndOfTime = 1ul << 63;

    private readonly Computer _computer;
    private readonly List<ITimedDevice> _devices = [];
    private Processor? _running;
    private RunResult? _end;
    private ulong _deadline;
    private bool _deadlinesChanged = true;

    internal ScheduleState State;

    internal Scheduler(Computer computer) => _computer = computer;

    /// <summary>The same place in the schedule, in the middle of a turn too, for a fork.</summary>
    internal Scheduler(Computer computer, Scheduler original)
    {
        _computer = computer;
        State = original.State with { Time = original.Now };
        Instructions = original.Instructions;
    }

    /// <summary>The time now, in ticks since power-up: exact while an instruction executes too.</summary>
    public ulong Now => _running?.Now ?? State.Time;

    /// <summary>Instructions that all processors have executed since power-up: the time without what none used.</summary>
    public ulong Instructions { get; private set; }

    /// <summary>The place in the schedule, for hashes.</summary>
    internal ReadOnlySpan<byte> StateBytes => MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref State, 1));

    /// <summary>Adds a device that has deadlines.</summary>
    public void Add(ITimedDevice device)
    {
        _devices.Add(device);
        DeadlinesChanged();
    }

    /// <summary>The next deadline of a device or an APIC timer may be another now: the running processor's turn is cut to it.</summary>
    public void DeadlinesChanged()
    {
        _deadlinesChanged = true;
        Interrupt();
    }

    /// <summary>Ends the run after the instruction that executes. The first reason counts.</summary>
    public void EndRun(RunEnd end, int code = 0)
    {
        _end ??= new RunResult(end, Now, _running?.Index ?? -1, code);
        Interrupt();
    }

    /// <summary>Lets processors run until a limit in ticks from now is reached or something ends the run.</summary>
    internal RunResult Run(ulong ticks, CancellationToken cancellation)
    {
        ulong limit = ticks > EndOfTime - State.Time ? EndOfTime : State.Time + ticks;
        _end = null;
        while (true)
        {
            AdvanceTimers();
            if (_end is { } end) return end with { Time = State.Time };
            if (State.Time >= limit) return new RunResult(RunEnd.Limit, State.Time);
            if (cancellation.IsCancellationRequested) return new RunResult(RunEnd.Cancelled, State.Time);
            if (Choose() is { } p) TakeTurn(p, limit);
            else if (!SkipIdleTime(limit)) return new RunResult(RunEnd.AllHalted, State.Time);
        }
    }

    /// <summary>Runs one processor for one tick, whoever's turn it is by the schedule. False: it has nothing to do.</summary>
    internal bool Step(Processor p)
    {
        _end = null;
        AdvanceTimers();
        if (!HasSomethingToDo(p) || p.Ended) return false;
        State.Current = p.Index;
        State.TurnEnd = State.Time + 1;
        TakeTurn(p, State.TurnEnd);
        return true;
    }

    /// <summary>A processor gets something to attend to. If it idled, the turn of the one that runs ends.</summary>
    public void Attend(Processor p)
    {
        bool wakes = p != _running && !HasSomethingToDo(p);
        p.RequestAttention();
        if (wakes) EndTurn();
    }

    /// <summary>PAUSE: the turn ends if another processor has something to do.</summary>
    internal void Pause(Processor p)
    {
        foreach (Processor other in _computer.Processors)
        {
            if (other == p || !HasSomethingToDo(other)) continue;
            EndTurn();
            return;
        }
    }

    private static bool HasSomethingToDo(Processor p) => p.Activity == ActivityState.Active || p.Attention;

    private void EndTurn()
    {
        if (_running is null) return;
        State.TurnEnd = _running.Now + 1;
        Interrupt();
    }

    /// <summary>Takes control from the running processor after its current instruction.</summary>
    private void Interrupt()
    {
        if (_running is not { } p) return;
        p.Deadline = Math.Min(p.Deadline, p.Now + 1);
        p.RequestAttention();
    }

    /// <summary>A VM entry started a VMX-preemption timer, which already limits its processor's turn.</summary>
    internal void NoteDeadline(ulong deadline) => _deadline = Math.Min(_deadline, deadline);

    private void AdvanceTimers()
    {
        foreach (Processor p in _computer.Processors)
            if (HasExpired(p)) Attend(p);
        while (true)
        {
            if (_deadlinesChanged) FindDeadline();
            if (_deadline > State.Time) return;
            foreach (ITimedDevice device in _devices)
                if (device.NextDeadline <= State.Time) device.Advance();
            foreach (Processor p in _computer.Processors)
            {
                if (p.Apic.NextDeadline <= State.Time) p.Apic.Advance();
                if (HasExpired(p)) Attend(p);
            }

            _deadlinesChanged = true;
        }
    }

    /// <summary>Whether a VMX-preemption timer wants an exit: in the wait-for-SIPI state it does not.</summary>
    private bool HasExpired(Processor p) =>
        p.Vmx.PreemptionDeadline <= State.Time && p.Vmx.NonRoot && p.Activity != ActivityState.WaitForSipi;

    private void FindDeadline()
    {
        _deadline = ulong.MaxValue;
        _deadlinesChanged = false;
        foreach (ITimedDevice device in _devices) _deadline = Math.Min(_deadline, device.NextDeadline);
        foreach (Processor p in _computer.Processors)
        {
            _deadline = Math.Min(_deadline, p.Apic.NextDeadline);
            if (p.Vmx.PreemptionDeadline > State.Time) _deadline = Math.Min(_deadline, p.Vmx.PreemptionDeadline);
        }
    }

    /// <summary>Whose turn it is: the same processor's until its turn ends, then the next one that has something to do.</summary>
    private Processor? Choose()
    {
        IReadOnlyList<Processor> all = _computer.Processors;
        if (State.Time < State.TurnEnd && HasSomethingToDo(all[State.Current])) return all[State.Current];
        int candidates = 0, next = -1;
        for (int i = 1; i <= all.Count; i++)
        {
            int index = (State.Current + i) % all.Count;
            if (!HasSomethingToDo(all[index])) continue;
            if (candidates++ == 0) next = index;
        }

        if (candidates == 0) return null;
        State.Current = next;
        State.Turn++;
        State.TurnEnd = State.Time + (candidates == 1 ? Schedule.AloneLength : Schedule.TurnLength(_computer.Options.Seed, State.Turn));
        return all[next];
    }

    private void TakeTurn(Processor p, ulong limit)
    {
        AssistedAccess.BeginTurn(p, State.Time);
        p.Ticks = State.Time;
        p.Deadline = Math.Min(Math.Min(State.TurnEnd, _deadline), limit);
        _running = p;
        TurnEnd end = RunLoop.Run(p);
        _running = null;
        Instructions += p.Ticks - State.Time;
        State.Time = p.Ticks;
        if (p.Vmx.NonRoot) _deadlinesChanged = true;
        if (end == TurnEnd.Ended)
        {
            RunEnd reason = p.UnsupportedWhat is null ? RunEnd.HostEnded : RunEnd.Unsupported;
            _end ??= new RunResult(reason, State.Time, p.Index, 0, p.UnsupportedWhat);
        }
        else if (end == TurnEnd.Idle)
        {
            p.Attention = false;
            if (p.Activity == ActivityState.Shutdown && !p.Vmx.NonRoot) _end ??= new RunResult(RunEnd.Shutdown, State.Time, p.Index);
        }
    }

    /// <summary>No processor has anything to do: time passes until the next deadline. False: nothing will ever happen.</summary>
    private bool SkipIdleTime(ulong limit)
    {
        if (_deadline == ulong.MaxValue || !Waking.IsPossible(_computer)) return false;
        State.Time = Math.Min(_deadline, limit);
        return true;
    }
}
