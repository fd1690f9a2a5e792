using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>The VMX-preemption timer.</summary>
internal static class VmxClock
{
    /// <summary>The timer counts down when this bit of the TSC changes: IA32_VMX_MISC bits 4:0.</summary>
    public const int PreemptionTimerShift = 0;

    /// <summary>Starts the timer at VM entry.</summary>
    [Manual("3C", "27.7.4", "VMX-Preemption Timer")]
    public static void StartTimer(Processor p)
    {
        bool active = (p.Vmx.PinBased & PinBasedControls.ActivateVmxPreemptionTimer) != 0;
        p.Vmx.PreemptionDeadline = active ? p.Now + (p.Vmx.Vmcs[VmcsField.VmxPreemptionTimerValue] << PreemptionTimerShift) : ulong.MaxValue;
        LimitTurn(p);
        if (active) p.Computer.Scheduler.NoteDeadline(p.Vmx.PreemptionDeadline);
    }

    /// <summary>Ends the processor's turn where the timer expires, so that the expiry falls on an instruction boundary.</summary>
    public static void LimitTurn(Processor p)
    {
        if (p.Vmx.PreemptionDeadline >= p.Deadline) return;
        if (p.Now >= p.Vmx.PreemptionDeadline) p.RequestAttention();
        else p.Deadline = p.Vmx.PreemptionDeadline;
    }

    /// <summary>What is left in the timer: 0 once it expired.</summary>
    public static ulong TimerValue(Processor p) => p.Vmx.PreemptionDeadline <= p.Now ? 0 : (p.Vmx.PreemptionDeadline - p.Now) >> PreemptionTimerShift;
}
