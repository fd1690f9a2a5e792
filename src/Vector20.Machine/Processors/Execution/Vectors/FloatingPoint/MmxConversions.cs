using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>CVTPI2PS, CVTPS2PI and their kin: between MMX and XMM registers.</summary>
[Manual("1", "11.6.7", "SSE2 Instructions That Use MMX Registers")]
internal static unsafe class MmxConversions
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Cvtpi2ps => i.Op1Kind == OpKind.Memory ? &FromMemory<Conversions.FromInteger<int, float>> : &FromMmx<Conversions.FromInteger<int, float>>,
        Mnemonic.Cvtpi2pd => i.Op1Kind == OpKind.Memory ? &FromMemory<Conversions.FromInteger<int, double>> : &FromMmx<Conversions.FromInteger<int, double>>,
        Mnemonic.Cvtps2pi => i.Op1Kind == OpKind.Memory ? &ToMmx<Part<ulong>, Conversions.Rounded<float, int>> : &ToMmx<InSource, Conversions.Rounded<float, int>>,
        Mnemonic.Cvttps2pi => i.Op1Kind == OpKind.Memory ? &ToMmx<Part<ulong>, Conversions.Truncated<float, int>> : &ToMmx<InSource, Conversions.Truncated<float, int>>,
        Mnemonic.Cvtpd2pi => i.Op1Kind == OpKind.Memory ? &ToMmx<Aligned, Conversions.Rounded<double, int>> : &ToMmx<InSource, Conversions.Rounded<double, int>>,
        Mnemonic.Cvttpd2pi => i.Op1Kind == OpKind.Memory ? &ToMmx<Aligned, Conversions.Truncated<double, int>> : &ToMmx<InSource, Conversions.Truncated<double, int>>,
        _ => null,
    };

    private static Outcome FromMmx<TOp>(Processor p, in Operation op) where TOp : struct, IConversion
    {
        if (!p.UseSse() || !p.UseMmx()) return Outcome.Stop;
        MmxForms.Enter(p);
        return Finish<TOp>(p, op, p.Mmx(op.Source));
    }

    /// <summary>Without an MMX register nothing of the x87 state changes.</summary>
    private static Outcome FromMemory<TOp>(Processor p, in Operation op) where TOp : struct, IConversion => 
        p.UseSse() && p.Load(op, out ulong source) ? Finish<TOp>(p, op, source) : Outcome.Stop;

    private static Outcome Finish<TOp>(Processor p, in Operation op, ulong source) where TOp : struct, IConversion
    {
        Vector128<byte> result = p.Xmm(op.Destination);
        FloatUnit unit = FloatUnit.Of(p, 0);
        for (int i = 0; i < 2; i++) ConversionForms.Element<ulong, Vector128<byte>, TOp>(ref source, ref result, i, ref unit);
        if (!unit.Finish(p)) return Outcome.Stop;
        p.Xmm(op.Destination) = result;
        return Outcome.Continue;
    }

    private static Outcome ToMmx<TSource, TOp>(Processor p, in Operation op) where TSource : struct, ISource where TOp : struct, IConversion
    {
        if (!p.UseSse() || !p.UseMmx() || !TSource.Get(p, op, out Vector128<byte> source)) return Outcome.Stop;
        ulong result = 0;
        FloatUnit unit = FloatUnit.Of(p, 0);
        for (int i = 0; i < 2; i++) ConversionForms.Element<Vector128<byte>, ulong, TOp>(ref source, ref result, i, ref unit);
        if (!unit.Finish(p)) return Outcome.Stop;
        MmxForms.Enter(p);
        MmxForms.Set(p, op.Destination, result);
        return Outcome.Continue;
    }
}
