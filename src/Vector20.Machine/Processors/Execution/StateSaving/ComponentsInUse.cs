using System.Runtime.Intrinsics;
using Vector20.Machine.Processors.Models;

namespace Vector20.Machine.Processors.Execution.StateSaving;

/// <summary>XINUSE: which state components are not in their initial configuration.</summary>
[Manual("1", "13.6", "Processor Tracking of XSAVE-Managed State")]
internal static class ComponentsInUse
{
    /// <summary>The components in use. MXCSR does not count for SSE state.</summary>
    public static ulong Of(Processor p)
    {
        ref ExtendedRegisterFile file = ref p.Extended.File;
        Vector128<byte> low = default, high = default;
        foreach (ref readonly Vector256<byte> register in (ReadOnlySpan<Vector256<byte>>)file.Vectors)
        {
            low |= register.GetLower();
            high |= register.GetUpper();
        }

        return (IsX87Initial(file) ? 0 : ExtendedState.X87) | (low == default ? 0 : ExtendedState.Sse)
            | (high == default ? 0 : ExtendedState.Avx) | (p.Pkru == 0 ? 0 : ExtendedState.Pkru);
    }

    private static bool IsX87Initial(in ExtendedRegisterFile file)
    {
        ulong any = file.InstructionPointer | file.DataPointer | file.Opcode | file.StatusWord | file.Valid;
        any |= (uint)(file.InstructionSegment | file.DataSegment | file.ControlWord ^ ExtendedRegisterFile.InitialControlWord);
        foreach (ref readonly Extended80 register in (ReadOnlySpan<Extended80>)file.Physical) any |= register.Significand | register.SignExponent;
        return any == 0;
    }
}
