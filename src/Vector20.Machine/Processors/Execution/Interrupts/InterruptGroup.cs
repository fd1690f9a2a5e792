using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Interrupts;

/// <summary>The instructions that raise events on purpose, and the one that returns from them.</summary>
internal static unsafe class InterruptGroup
{
    /// <summary>The semantics of an instruction of these groups, or null.</summary>
    public static Handler Bind(in Instruction i)
    {
        Handler handler = SoftwareInterrupts.Bind(i);
        if (handler == null) handler = InterruptReturn.Bind(i);
        return handler == null ? Bound.Bind(i) : handler;
    }
}
