using System.Runtime.CompilerServices;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors;

/// <summary>The processor's clock and the state of its turn: not architectural, all of it deterministic.</summary>
public sealed partial class Processor
{
    internal const int JumpEntries = 4096;

    /// <summary>Blocks by linear address of their first byte: the way into code that no link leads to.</summary>
    internal readonly BlockLink[] Jumps;

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

    /// <summary>As they were before the carefully executed instruction: TF, the shadow, and the debug traps that MOV SS holds back.</summary>
    internal bool StepsAtStart;
    internal InterruptShadow ShadowAtStart;
    internal ulong TrapsAtStart;

    /// <summary>The run is over for this processor.</summary>
    internal bool Ended;

    /// <summary>The time now, in ticks since power-up: exact within a block too.</summary>
    public ulong Now => Ticks + (uint)OperationIndex;

    /// <summary>IA32_TSC_ADJUST: what the time-stamp counter is ahead of <see cref="Now"/>.</summary>
    internal ulong TimeStampOffset;

    /// <summary>The time-stamp counter, which counts instructions.</summary>
    public ulong TimeStampCounter => Now + TimeStampOffset;

    /// <summary>Whether an operation executes now: false between instructions.</summary>
    internal bool Executing;

    /// <summary>The operation that executes; null between instructions. Not for hot paths.</summary>
    internal Operation? RunningOperation => Executing ? _block!.Operations[OperationIndex] : null;

    private Block? _block;

    /// <summary>Begins a block. One that runs again is not stored again: storing a reference costs more than comparing two.</summary>
    internal void Enter(Block block)
    {
        if (!ReferenceEquals(_block, block)) _block = block;
        Executing = true;
    }

    /// <summary>The RIP of an operation while it executes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong RipOf(in Operation op) => Rip + op.Offset & InstructionPointerMask;

    /// <summary>The RIP of the instruction after an operation, while it executes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong NextRip(in Operation op) => Rip + op.Offset + op.Length & InstructionPointerMask;
}
