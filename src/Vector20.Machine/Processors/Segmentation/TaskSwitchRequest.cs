using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Segmentation;

/// <summary>How a task switch ended.</summary>
internal enum TaskSwitchResult
{
    /// <summary>It is done; RIP is the new task's.</summary>
    Done,

    /// <summary>Nothing has changed: a fault is raised in the old task, or a VM exit is recorded.</summary>
    Refused,

    /// <summary>The new task has begun, RIP is its own, and a fault is raised in it before its first instruction.</summary>
    FaultInNewTask,
}

/// <summary>A task switch that is asked for.</summary>
/// <param name="Source">By what.</param>
/// <param name="ReturnRip">The EIP that the old task's TSS gets.</param>
/// <param name="InstructionLength">Length of the instruction that asks; 0 for an event that none caused.</param>
/// <param name="External">EXT, or'ed to every error code.</param>
/// <param name="ErrorCode">The error code of the event that is delivered, pushed on the new task's stack; null for none.</param>
internal readonly record struct TaskSwitchRequest(
    TaskSwitchSource Source, ulong ReturnRip, byte InstructionLength, uint External = 0, uint? ErrorCode = null)
{
    /// <summary>Whether the new task is nested in the old: CALL and task gates of the IDT.</summary>
    public bool Nests => Source is TaskSwitchSource.Call or TaskSwitchSource.TaskGate;
}
