using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Events;

/// <summary>
/// One instruction at a time, while something must be done after each: single step, the interrupt shadow, instruction breakpoints, the
/// monitor trap flag. Without any of them it costs nothing.
/// </summary>
internal static class CarefulMode
{
    /// <summary>The next instruction is about to execute. RF is for it alone: an instruction breakpoint has been let through.</summary>
    [Manual("3B", "18.3.1.1", "Instruction-Breakpoint Exception Condition")]
    public static void Begin(Processor p)
    {
        p.SystemFlags &= ~Eflags.RF;
        p.StepsAtStart = (p.SystemFlags & Eflags.TF) != 0;
        p.ShadowAtStart = p.Shadow;
        p.TrapsAtStart = p.PendingDebugTraps;
        p.Careful = p.StepsAtStart || p.Shadow != InterruptShadow.None || CodeBreakpoints.Armed(p) || p.Vmx.Has(ProcessorBasedControls.MonitorTrapFlag);
        if (p.Careful) p.RequestAttention();
    }

    /// <summary>
    /// The instruction has completed, or an iteration of a repeated one. It is TF as it was before that makes the trap, and the
    /// shadow as it was before that ends.
    /// </summary>
    [Manual("3B", "18.3.1.4", "Single-Step Exception Condition")]
    [Manual("3A", "6.8.3", "Masking Exceptions and Interrupts When Switching Stacks")]
    public static void End(Processor p)
    {
        if (p.StepsAtStart) p.PendingDebugTraps |= Dr6.BS;
        if (p.Shadow == p.ShadowAtStart) p.Shadow = InterruptShadow.None;
        ArmMonitorTrap(p);
        p.RequestAttention();
    }

    /// <summary>A repeated string instruction goes on at the same RIP: what comes between two iterations pushes RF = 1.</summary>
    [Manual("3B", "18.3.1.1", "Instruction-Breakpoint Exception Condition")]
    public static void EndIteration(Processor p)
    {
        if (p.Careful) End(p);
        p.SystemFlags |= Eflags.RF;
        p.RequestAttention();
    }

    /// <summary>An instruction has executed under the monitor trap flag.</summary>
    [Manual("3C", "26.5.2", "Monitor Trap Flag")]
    private static void ArmMonitorTrap(Processor p)
    {
        if (p.Careful && p.Vmx.Has(ProcessorBasedControls.MonitorTrapFlag)) p.Vmx.MonitorTrapPending = true;
    }
}
