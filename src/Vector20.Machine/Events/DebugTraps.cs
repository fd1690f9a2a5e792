using Vector20.Machine.Processors;

namespace Vector20.Machine.Events;

/// <summary>#DB as a trap: single step, data and I/O breakpoints, the T flag of a task.</summary>
[Manual("3B", "18.3.1", "Debug Exception (#DB) - Interrupt Vector 1")]
internal static class DebugTraps
{
    /// <summary>The trap of a task switch comes before everything but a machine check.</summary>
    [Manual("3B", "18.3.1.5", "Task-Switch Exception Condition")]
    public static bool TaskSwitch(Processor p) => (p.PendingDebugTraps & Dr6.BT) != 0 && Send(p);

    /// <summary>The traps of the instruction before: all of them at once. MOV SS holds them back for one instruction.</summary>
    [Manual("3A", "6.8.3", "Masking Exceptions and Interrupts When Switching Stacks")]
    public static bool Take(Processor p) =>
        p.PendingDebugTraps != 0 && p.Shadow != InterruptShadow.MovSs && p.Activity is ActivityState.Active or ActivityState.Hlt && Send(p);

    private static bool Send(Processor p)
    {
        Event trap = Event.Exception(ExceptionVector.Debug) with { Payload = p.PendingDebugTraps };
        p.PendingDebugTraps = 0;
        EventPipeline.Send(p, trap);
        return true;
    }
}
