namespace Vector20.Machine.Processors.Segmentation;

/// <summary>What asks for a task switch, numbered as in the exit qualification of a task-switch VM exit.</summary>
[Manual("3C", "28.2.1", "Basic VM-Exit Information")]
internal enum TaskSwitchSource
{
    /// <summary>Far CALL.</summary>
    Call = 0,

    /// <summary>IRET with EFLAGS.NT = 1.</summary>
    Iret = 1,

    /// <summary>Far JMP.</summary>
    Jmp = 2,

    /// <summary>The delivery of an event through a task gate of the IDT.</summary>
    TaskGate = 3,
}

/// <summary>A task switch that is asked for.</summary>
/// <param name="Source">By what.</param>
/// <param name="ReturnRip">The EIP that the old task's TSS gets.</param>
/// <param name="InstructionLength">Length of the instruction that asks; 0 for an event that none caused.</param>
/// <param name="External">EXT, or'ed to every error code.</param>
/// <param name="ErrorCode">The error code of the event that is delivered, pushed on the new task's stack; null for none.</param>
internal readonly record struct TaskSwitchRequest(
    TaskSwitchSource Source, ulong ReturnRip, byte InstructionLength, uint External = 0, uint? ErrorCode = null);
