using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Events;

/// <summary>What comes first between two instructions.</summary>
[Manual("3A", "6.9", "Priority Among Concurrent Events")]
internal static class EventPriorities
{
    /// <summary>
    /// Takes the first of everything that may come before the next instruction. True when something was taken: then it is to be
    /// asked again, for the next in the order may follow at once. False when the next instruction is to be executed, or the processor idles.
    /// </summary>
    public static bool BeforeInstruction(Processor p)
    {
        if (p.TakeAttention() && TakeFirst(p))
        {
            p.RequestAttention();
            return true;
        }

        if (p.Activity == ActivityState.Active) CarefulMode.Begin(p);
        return false;
    }

    /// <summary>
    /// The manual's order, from the highest priority to the lowest. Faults of fetching, decoding and executing the next instruction
    /// follow when it is fetched. Each function answers whether it took something.
    /// </summary>
    [Manual("3A", "6.9", "Priority Among Concurrent Events")]
    private static bool TakeFirst(Processor p) =>
        VmxEvents.TrapLike(p)
        || DebugTraps.TaskSwitch(p)
        || Interventions.SystemManagement(p)
        || Interventions.Init(p)
        || Interventions.StartUp(p)
        || VmxEvents.MonitorTrap(p)
        || Interventions.BranchSteps(p)
        || DebugTraps.Take(p)
        || VmxEvents.PreemptionTimer(p)
        || VmxEvents.NmiWindow(p)
        || NonMaskableInterrupts.Take(p)
        || VmxEvents.InterruptWindow(p)
        || VmxEvents.VirtualInterrupt(p)
        || ExternalInterrupts.Take(p)
        || CodeBreakpoints.Take(p);
}
