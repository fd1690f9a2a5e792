using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>Opcodes that raise #UD, by design or because the CPU model lacks them.</summary>
internal static unsafe class Undefined
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic is Mnemonic.Ud0 or Mnemonic.Ud1 or Mnemonic.Ud2 ? &InvalidOpcode : null;

    /// <summary>#UD.</summary>
    public static Outcome InvalidOpcode(Processor p, in Operation op) => p.Fault(ExceptionVector.InvalidOpcode);

    /// <summary>An instruction longer than 15 bytes: #GP(0) (SDM 3A 6.15, Interrupt 13 - General Protection Exception).</summary>
    public static Outcome TooLong(Processor p, in Operation op) => p.Fault(ExceptionVector.GeneralProtection, 0);

    /// <summary>An instruction that the CPU model has and this version does not implement: one line that names it ends the run.</summary>
    public static Outcome Unimplemented(Processor p, in Operation op) => p.Unsupported($"the instruction {CurrentInstruction.Describe(p)}");
}
