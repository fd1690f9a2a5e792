using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>The VMX-preemption timer, and the time-stamp counter as the guest sees it.</summary>
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

    /// <summary>What RDTSC, RDTSCP and RDMSR of IA32_TIME_STAMP_COUNTER read, from what they would read in root operation.</summary>
    [Manual("3C", "26.3", "Changes to Instruction Behavior in VMX Non-Root Operation")]
    [Manual("3C", "25.6.5", "Time-Stamp Counter Offset and Multiplier")]
    public static ulong GuestTimeStamp(Processor p, ulong counter)
    {
        if (!p.Vmx.Has(ProcessorBasedControls.UseTscOffsetting)) return counter;
        if (p.Vmx.Has(SecondaryControls.UseTscScaling))
            counter = (ulong)((UInt128)counter * p.Vmx.Vmcs[VmcsField.TscMultiplier] >> 48);
        return counter + p.Vmx.Vmcs[VmcsField.TscOffset];
    }
}
