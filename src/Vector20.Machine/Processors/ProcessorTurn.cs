using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors;

/// <summary>The processor's clock and the state of its turn: not architectural, all of it deterministic.</summary>
public sealed partial class Processor
{
    internal const int JumpEntries = 4096;

    /// <summary>Blocks by linear address of their first byte: the way into code that no link leads to.</summary>
    internal readonly BlockLink[] Jumps = new BlockLink[JumpEntries];

    /// <summary>Instructions executed plus time spent idle, up to the running block's first instruction.</summary>
    internal ulong Ticks;

    /// <summary>Where the turn ends, in ticks.</summary>
    internal ulong Deadline;

    /// <summary>The running operation's index in its block: <see cref="Ticks"/> + this is the time now.</summary>
    internal int OperationIndex;

    /// <summary>How many operations of the running block may execute. Set to 0 to leave it after the running one.</summary>
    internal int OperationLimit;

    /// <summary>One instruction at a time: something must be looked at after each (single step, shadow, breakpoints).</summary>
    internal bool Careful;

    /// <summary>The run is over for this processor.</summary>
    internal bool Ended;

    /// <summary>The time now, in ticks since power-up: exact within a block too.</summary>
    public ulong Now => Ticks + (uint)OperationIndex;

    /// <summary>IA32_TSC_ADJUST: what the time-stamp counter is ahead of <see cref="Now"/>.</summary>
    internal ulong TimeStampOffset;

    /// <summary>The time-stamp counter, which counts instructions.</summary>
    public ulong TimeStampCounter => Now + TimeStampOffset;

    /// <summary>Offset from RIP of the operation that executes; 0 between instructions. Only <see cref="CurrentInstruction"/> needs it.</summary>
    internal int CurrentOperationOffset => OperationIndex == 0 ? 0 : RunningBlock!.Operations[OperationIndex].Offset;

    /// <summary>The block that runs, or ran last.</summary>
    internal Block? RunningBlock;

    /// <summary>The RIP of an operation while it executes.</summary>
    internal ulong RipOf(in Operation op) => Rip + op.Offset & InstructionPointerMask;

    /// <summary>The RIP of the instruction after an operation, while it executes.</summary>
    internal ulong NextRip(in Operation op) => Rip + op.Offset + op.Length & InstructionPointerMask;
}
