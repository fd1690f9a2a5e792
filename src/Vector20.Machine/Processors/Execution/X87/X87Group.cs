using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.X87;

/// <summary>The x87 FPU instructions, group by group.</summary>
[Manual("1", "8.3", "x87 FPU Instruction Set")]
internal static unsafe class X87Group
{
    /// <summary>The semantics of an instruction of these groups, or null.</summary>
    public static Handler Bind(in Instruction i)
    {
        Handler handler = Loads.Bind(i);
        if (handler == null) handler = Stores.Bind(i);
        if (handler == null) handler = Arithmetic.Bind(i);
        if (handler == null) handler = Comparisons.Bind(i);
        if (handler == null) handler = RegisterMoves.Bind(i);
        if (handler == null) handler = Functions.Bind(i);
        if (handler == null) handler = Control.Bind(i);
        if (handler == null) handler = Environment.Bind(i);
        if (handler == null) handler = PackedDecimals.Bind(i);
        if (handler == null) handler = Transcendentals.Bind(i);
        return handler;
    }
}
