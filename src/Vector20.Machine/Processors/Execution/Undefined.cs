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

    /// <summary>A VEX prefix in 16-bit code: real and virtual-8086 mode do not know it, 16-bit protected mode does. The decoder cannot tell them apart.</summary>
    [Manual("2A", "2.5", "VEX Encoding Support for GPR Instructions")]
    public static Outcome VexIn16BitCode(Processor p, in Operation op)
    {
        if (p.RealMode || p.Virtual8086) return p.Fault(ExceptionVector.InvalidOpcode);
        Handler handler = InstructionTable.VexEncoded(CurrentInstruction.Decode(p));
        return handler == null ? Unimplemented(p, op) : handler(p, op);
    }

    /// <summary>An instruction longer than 15 bytes: #GP(0) (SDM 3A 6.15, Interrupt 13 - General Protection Exception).</summary>
    public static Outcome TooLong(Processor p, in Operation op) => p.Fault(ExceptionVector.GeneralProtection, 0);

    /// <summary>An instruction that the CPU model has and this version does not implement: one line that names it ends the run.</summary>
    public static Outcome Unimplemented(Processor p, in Operation op) => p.Unsupported($"the instruction {CurrentInstruction.Describe(p)}");
}
