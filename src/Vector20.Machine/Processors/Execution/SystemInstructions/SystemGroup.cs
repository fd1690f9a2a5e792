using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>The system instructions and the far transfers, group by group.</summary>
[Manual("3A", "2.8", "System Instruction Summary")]
internal static unsafe class SystemGroup
{
    /// <summary>The semantics of an instruction of these groups, or null.</summary>
    public static Handler Bind(in Instruction i)
    {
        Handler handler = SegmentMoves.Bind(i);
        if (handler == null) handler = FarPointerLoads.Bind(i);
        if (handler == null) handler = FarTransfer.Bind(i);
        if (handler == null) handler = DescriptorTableRegisters.Bind(i);
        if (handler == null) handler = ControlRegisterMoves.Bind(i);
        if (handler == null) handler = DebugRegisterMoves.Bind(i);
        if (handler == null) handler = MsrInstructions.Bind(i);
        return handler;
    }
}
