using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors;

/// <summary>Why a processor returned from its turn.</summary>
internal enum TurnEnd
{
    /// <summary>It reached the deadline.</summary>
    Deadline,

    /// <summary>It halted, shut down or waits for SIPI, and nothing pending wakes it.</summary>
    Idle,

    /// <summary>It cannot go on: <see cref="Processor.UnsupportedWhat"/>, or the host ended the run.</summary>
    Ended,
}

/// <summary>
/// Fetch, execute, and between instructions the events. Instruction boundaries are exact: a turn ends after just so many
/// instructions, whatever the blocks are, so that time is the instruction count.
/// </summary>
internal static unsafe class RunLoop
{
    /// <summary>
    /// Runs one processor until its clock reaches <see cref="Processor.Deadline"/>, it idles, or the run ends. An event takes a tick, as an
    /// instruction does: no storm of events stops the clock.
    /// </summary>
    public static TurnEnd Run(Processor p)
    {
        VmxClock.LimitTurn(p);
        while (true)
        {
            if (p.Ended) return TurnEnd.Ended;
            if (p.Vmx.InHost && !VmEntry.EnterGuest(p)) return p.Ended ? TurnEnd.Ended : p.Vmx.Stay ? TurnEnd.Idle : TurnEnd.Deadline;
            if (p.Ticks >= p.Deadline) return TurnEnd.Deadline;
            if (p.Attention && EventPriorities.BeforeInstruction(p))
            {
                p.Ticks++;
                continue;
            }

            if (p.Activity != ActivityState.Active) return TurnEnd.Idle;
            p.StopReason = StopReason.None;
            if (CodeFetch.Find(p) is { } block) ExecuteChain(p, block);
            else FetchStopped(p);
        }
    }

    private static void ExecuteChain(Processor p, Block block)
    {
        while (true)
        {
            if (block.Translation is { Valid: true } translation && CanRunWhole(p, block))
            {
                int last = translation.Run(p);
                if (last == Translation.TranslatedRegion.Stopped)
                {
                    Stopped(p);
                    return;
                }

                block = translation.Region.Blocks[last];
            }
            else if (ExecuteBlock(p, block) == Outcome.Stop)
            {
                Stopped(p);
                return;
            }

            if (p.Attention)
            {
                if (p.Careful) CarefulMode.End(p);
                return;
            }

            if (p.Ticks >= p.Deadline || Follow(p, block) is not { } next) return;
            block = next;
        }
    }

    /// <summary>Whether nothing may end the turn or want a look before a block's last instruction has executed.</summary>
    private static bool CanRunWhole(Processor p, Block block) => p.Deadline - p.Ticks >= (ulong)block.Operations.Length && !p.Careful;

    /// <summary>
    /// Executes one operation of a block whose first instruction RIP and the clock are at, for translated code. If the block does not go on
    /// behind it, RIP and clock are exact afterwards.
    /// </summary>
    public static Outcome ExecuteOne(Processor p, Block block, int index, out bool goesOn)
    {
        p.Registers.At<ulong>(Register.BlockRip) = p.Rip;
        p.Enter(block);
        p.OperationLimit = block.Operations.Length;
        p.OperationIndex = index;
        ref readonly Operation op = ref block.Operations[index];
        Outcome outcome = op.Execute(p, in op);
        p.Executing = false;
        p.OperationIndex = 0;
        goesOn = outcome == Outcome.Continue && index + 1 < p.OperationLimit;
        if (!goesOn) Leave(p, in op, outcome, (uint)index + 1);
        return outcome;
    }

    /// <summary>Executes operations until one does not continue, or the limit set for this turn is reached. RIP is exact afterwards.</summary>
    private static Outcome ExecuteBlock(Processor p, Block block)
    {
        if (++block.Heat == p.Computer.Translator.Threshold) p.Computer.Translator.Request(p, block);
        p.Registers.At<ulong>(Register.BlockRip) = p.Rip;
        p.Enter(block);
        ulong left = p.Deadline - p.Ticks;
        p.OperationLimit = p.Careful ? 1 : (int)Math.Min((ulong)block.Operations.Length, left);
        ref Operation op = ref MemoryMarshal.GetArrayDataReference(block.Operations);
        Outcome outcome;
        int index = 0;
        do
        {
            p.OperationIndex = index;
            outcome = op.Execute(p, in op);
            if (outcome != Outcome.Continue) goto Left;
            op = ref Unsafe.Add(ref op, 1);
        }
        while (++index < p.OperationLimit);
        op = ref Unsafe.Add(ref op, -1);
        index--;
    Left:
        p.Executing = false;
        p.OperationIndex = 0;
        Leave(p, in op, outcome, (uint)index + 1);
        return outcome;
    }

    /// <summary>The block is left behind an operation: after so many ticks, at the instruction that follows, or where the operation went, or at it if it stopped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Leave(Processor p, in Operation op, Outcome outcome, uint ticks)
    {
        p.Ticks += ticks;
        if (outcome == Outcome.Jump) return;
        uint length = outcome == Outcome.Stop ? 0u : op.Length;
        p.Rip = p.Rip + op.Offset + length & p.InstructionPointerMask;
    }

    /// <summary>The block at RIP by the links of the block before it. Null when a fresh look-up may fault or the block must be left.</summary>
    private static Block? Follow(Processor p, Block from)
    {
        ulong linear = p.Linear(SegmentName.Cs, p.Rip);
        if (!from.GoesAnywhere)
        {
            if (Matches(p, from.First, linear)) return from.First.Target;
            if (Matches(p, from.Second, linear)) return from.Second.Target;
        }

        p.StopReason = StopReason.None;
        Block? next = CodeFetch.Find(p);
        if (next is null)
        {
            FetchStopped(p);
            return null;
        }

        if (next.SecondFrame < 0 && !from.GoesAnywhere)
        {
            from.Second = from.First;
            from.First = new BlockLink { Context = p.Context, Rip = linear, Target = next };
        }

        return p.Attention ? null : next;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Matches(Processor p, in BlockLink link, ulong linear) =>
        link.Rip == linear && link.Context == p.Context && link.Target!.Valid && CodeFetch.Fits(p, link.Target);

    /// <summary>A fetch that faults takes time as an instruction does: a handler that cannot be fetched either must not stop the clock.</summary>
    private static void FetchStopped(Processor p)
    {
        p.Ticks++;
        Stopped(p);
    }

    /// <summary>An operation or a fetch did not complete: RIP is at it, and the reason says what now.</summary>
    private static void Stopped(Processor p)
    {
        StopReason reason = p.StopReason;
        p.StopReason = StopReason.None;
        switch (reason)
        {
            case StopReason.Event:
                p.PendingDebugTraps = p.TrapsAtStart;
                EventPipeline.Send(p, p.Raised);
                break;
            case StopReason.VmExit:
                p.PendingDebugTraps = p.TrapsAtStart;
                VmExits.Perform(p);
                break;
            case StopReason.Repeat:
                CarefulMode.EndIteration(p);
                break;
            case StopReason.Unsupported:
                p.Ended = true;
                break;
        }
    }
}
