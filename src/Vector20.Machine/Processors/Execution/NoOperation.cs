using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution;

/// <summary>Instructions that change nothing here: NOP, PAUSE, hints, fences, cache-line flushes.</summary>
[Manual("2B", "4.3", "NOP—No Operation")]
internal static unsafe class NoOperation
{
    /// <summary>
    /// Encodings of the reserved-NOP space 0F 0D, 0F 18 - 0F 1F: a processor without the feature executes them as NOP, so they are bound before anyone
    /// asks whether the CPU model has it.
    /// </summary>
    [Manual("2B", "4.3", "PREFETCHh—Prefetch Data Into Caches")]
    public static Handler BindHint(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Reservednop or Mnemonic.Endbr32 or Mnemonic.Endbr64 or Mnemonic.Rdsspd or Mnemonic.Rdsspq or Mnemonic.Cldemote => &Nothing,
        Mnemonic.Prefetchnta or Mnemonic.Prefetcht0 or Mnemonic.Prefetcht1 or Mnemonic.Prefetcht2 => &Nothing,
        Mnemonic.Prefetch or Mnemonic.Prefetchw or Mnemonic.Prefetchwt1 or Mnemonic.Prefetchit0 or Mnemonic.Prefetchit1 => &Nothing,
        >= Mnemonic.Bndcl and <= Mnemonic.Bndstx => &Nothing,
        _ => null,
    };

    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Nop or Mnemonic.Lfence or Mnemonic.Mfence or Mnemonic.Sfence => &Nothing,
        Mnemonic.Pause => &SpinHint,
        Mnemonic.Serialize => &LeaveBlock,
        Mnemonic.Clflush or Mnemonic.Clflushopt or Mnemonic.Clwb => &FlushLine,
        _ => null,
    };

    /// <summary>A processor that spins lets the others run: its turn ends.</summary>
    private static Outcome SpinHint(Processor p, in Operation op)
    {
        if (p.Vmx.NonRoot && Intercepts.Pause(p, op)) return Outcome.Stop;
        p.Computer.Scheduler.Pause(p);
        return Outcome.Continue;
    }

    private static Outcome Nothing(Processor p, in Operation op) => Outcome.Continue;

    private static Outcome LeaveBlock(Processor p, in Operation op) => Outcome.Leave;

    /// <summary>There is no cache to flush; the address is checked as that of a byte load.</summary>
    [Manual("2A", "3.3", "CLFLUSH—Flush Cache Line")]
    private static Outcome FlushLine(Processor p, in Operation op) => p.Probe(op) ? Outcome.Continue : Outcome.Stop;
}
