using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Execution.SystemInstructions;
using Vector20.Machine.Processors.Models;

namespace Vector20.Machine.Processors.Execution;

/// <summary>From a decoded instruction to its semantics: the groups are asked in turn, once per decoded instruction.</summary>
internal static unsafe class InstructionTable
{
    /// <summary>Binds an instruction.</summary>
    /// <param name="model">The CPU model: an instruction of a feature it lacks is #UD.</param>
    /// <param name="i">The instruction.</param>
    /// <param name="ends">Whether the block must end after it.</param>
    public static Handler Bind(CpuModel model, in Instruction i, out bool ends)
    {
        ends = i.FlowControl != FlowControl.Next;
        if (!model.Has(i)) return &Undefined.InvalidOpcode;
        Handler handler = Arithmetic.Bind(i);
        if (handler == null) handler = DataTransfer.Bind(i);
        if (handler == null) handler = NearTransfer.Bind(i);
        if (handler == null) handler = SystemGroup.Bind(i);
        if (handler == null) handler = Undefined.Bind(i);
        return handler == null ? &Undefined.Unimplemented : handler;
    }
}
