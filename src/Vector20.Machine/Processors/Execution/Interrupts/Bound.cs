using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Interrupts;

/// <summary>BOUND: #BR where a signed index lies outside two bounds in memory. Not a 64-bit instruction.</summary>
[Manual("2A", "3.3", "BOUND - Check Array Index Against Bounds")]
internal static unsafe class Bound
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Code switch
    {
        Code.Bound_r16_m1616 => &Check<short>,
        Code.Bound_r32_m3232 => &Check<int>,
        _ => null,
    };

    private static Outcome Check<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
    {
        ulong offset = p.EffectiveAddress(op), second = offset + (uint)sizeof(T);
        if (op.AddressSize == 2) second &= ushort.MaxValue;
        else second &= uint.MaxValue;
        if (!p.Read(op.Segment, offset, out T lower) || !p.Read(op.Segment, second, out T upper)) return Outcome.Stop;
        T index = p.Get<T>(op.Destination);
        return index < lower || index > upper ? p.Fault(ExceptionVector.BoundRange) : Outcome.Continue;
    }
}
