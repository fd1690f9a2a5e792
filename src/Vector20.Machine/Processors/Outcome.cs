namespace Vector20.Machine.Processors;

/// <summary>How one operation ended. Architectural faults and VM exits are return values, never C# exceptions.</summary>
internal enum Outcome
{
    /// <summary>Completed; go on with the operation that follows.</summary>
    Continue = 0,

    /// <summary>Completed; RIP has been set by the operation.</summary>
    Jump,

    /// <summary>Completed; RIP is the next instruction's, but mode, translation or pending events may have changed: leave the block.</summary>
    Leave,

    /// <summary>
    /// Not completed, no register changed: a fault is in <see cref="Processor.Raised"/>, or a VM exit is recorded, or the
    /// instruction is to be started again (<see cref="StopReason"/> says which). RIP stays at the operation.
    /// </summary>
    Stop,
}

/// <summary>Why an operation ended with <see cref="Outcome.Stop"/>.</summary>
internal enum StopReason : byte
{
    /// <summary>Nothing stopped.</summary>
    None,

    /// <summary><see cref="Processor.Raised"/> holds an exception, or a software interrupt, to send through the event pipeline.</summary>
    Event,

    /// <summary>A VM exit is recorded in <see cref="Processor.Exit"/>.</summary>
    VmExit,

    /// <summary>A REP instruction did part of its iterations; it goes on at the same RIP.</summary>
    Repeat,

    /// <summary>The guest did something this version does not implement; <see cref="Processor.UnsupportedWhat"/> names it.</summary>
    Unsupported,
}

/// <summary>What a processor is doing.</summary>
[Manual("3C", "25.4.2", "Guest Non-Register State")]
public enum ActivityState : byte
{
    /// <summary>Executing instructions.</summary>
    Active = 0,

    /// <summary>Halted by HLT.</summary>
    Hlt = 1,

    /// <summary>Shut down by a triple fault.</summary>
    Shutdown = 2,

    /// <summary>Waiting for a start-up IPI.</summary>
    WaitForSipi = 3,
}

/// <summary>Blocking of events for one instruction.</summary>
[Manual("3A", "6.8.3", "Masking Exceptions and Interrupts When Switching Stacks")]
public enum InterruptShadow : byte
{
    /// <summary>None.</summary>
    None,

    /// <summary>STI set IF: external interrupts wait one instruction.</summary>
    Sti,

    /// <summary>MOV SS or POP SS: interrupts, NMIs and debug traps wait one instruction.</summary>
    MovSs,
}
