using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.StateSaving;

/// <summary>The instructions that save and restore extended registers.</summary>
internal static unsafe class StateSavingGroup
{
    /// <summary>The semantics of an instruction of these groups, or null.</summary>
    public static Handler Bind(in Instruction i)
    {
        Handler handler = FastSave.Bind(i);
        if (handler == null) handler = ExtendedSave.Bind(i);
        if (handler == null) handler = ExtendedRestore.Bind(i);
        if (handler == null) handler = ControlAndStatus.Bind(i);
        return handler;
    }
}
