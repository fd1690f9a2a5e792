using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>VCVTPS2PH: to half precision, in a register or in memory.</summary>
[Manual("2C", "5.3", "VCVTPS2PH—Convert Single-Precision FP Value to 16-bit FP Value")]
internal static unsafe class HalfStores
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic != Mnemonic.Vcvtps2ph ? null : (Encodings.Of(i), Encodings.HasMemory(i)) switch
    {
        (VectorEncoding.Vex128, false) => &ToRegister<Vector128<byte>>,
        (VectorEncoding.Vex128, true) => &ToMemory<Vector128<byte>, ulong>,
        (_, false) => &ToRegister<Vector256<byte>>,
        (_, true) => &ToMemory<Vector256<byte>, Vector128<byte>>,
    };

    private static Outcome ToRegister<TVector>(Processor p, in Operation op) where TVector : unmanaged
    {
        if (!p.UseAvx()) return Outcome.Stop;
        Vector128<byte> result = Convert<TVector>(p, op, out FloatUnit unit);
        if (!unit.Finish(p)) return Outcome.Stop;
        p.SetXmm(op.Destination, result);
        return Outcome.Continue;
    }

    /// <summary>A page fault comes before a floating-point exception, though nothing is written then.</summary>
    private static Outcome ToMemory<TVector, TStored>(Processor p, in Operation op) where TVector : unmanaged where TStored : unmanaged
    {
        if (!p.UseAvx()) return Outcome.Stop;
        Vector128<byte> result = Convert<TVector>(p, op, out FloatUnit unit);
        if (unit.Context.Faults && !p.LoadForWrite(op, out TStored _)) return Outcome.Stop;
        if (unit.Context.Faults) return unit.Finish(p) ? Outcome.Continue : Outcome.Stop;
        if (!p.Store(op, Unsafe.As<Vector128<byte>, TStored>(ref result))) return Outcome.Stop;
        unit.Finish(p);
        return Outcome.Continue;
    }

    private static Vector128<byte> Convert<TVector>(Processor p, in Operation op, out FloatUnit unit) where TVector : unmanaged
    {
        Lanes.Take(p, op.Source, out TVector source);
        Vector128<byte> result = default;
        unit = FloatUnit.Of(p, (byte)op.Immediate);
        for (int i = 0; i < Unsafe.SizeOf<TVector>() / 4; i++) ConversionForms.Element<TVector, Vector128<byte>, Conversions.ToHalf>(ref source, ref result, i, ref unit);
        return result;
    }
}
