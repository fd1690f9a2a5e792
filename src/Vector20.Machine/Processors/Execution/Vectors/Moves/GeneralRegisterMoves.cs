using System.Numerics;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>MOVD and MOVQ: 32 or 64 bits between a general register or memory and a vector or MMX register.</summary>
[Manual("2B", "4.3", "MOVD/MOVQ—Move Doubleword/Move Quadword")]
[Manual("2B", "4.3", "MOVQ—Move Quadword")]
internal static unsafe class GeneralRegisterMoves
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Movd or Mnemonic.Vmovd => Bind<uint>(i),
        Mnemonic.Movq or Mnemonic.Vmovq => Bind<ulong>(i),
        Mnemonic.Movntq => &MmxToMemory<ulong>,
        Mnemonic.Movq2dq => &MmxToVector,
        Mnemonic.Movdq2q => &VectorToMmx,
        _ => null,
    };

    private static Handler Bind<T>(in Instruction i) where T : unmanaged, IBinaryInteger<T>
    {
        if (Encodings.Of(i) == VectorEncoding.Mmx) return BindMmx<T>(i);
        if (i.Op0Kind == OpKind.Memory) return MoveForms.BindStore<T>(i);
        if (i.Op1Kind == OpKind.Memory) return MoveForms.BindLoad<T>(i);
        bool vex = i.Encoding == EncodingKind.VEX;
        if (i.Op0Register.IsGPR()) return vex ? &ToGeneralVex<T> : &ToGeneral<T>;
        if (i.Op1Register.IsGPR()) return vex ? &FromGeneralVex<T> : &FromGeneral<T>;
        return vex ? &BetweenVex : &Between;
    }

    private static Handler BindMmx<T>(in Instruction i) where T : unmanaged, IBinaryInteger<T>
    {
        if (i.Op0Kind == OpKind.Memory) return &MmxToMemory<T>;
        if (i.Op1Kind == OpKind.Memory) return &MemoryToMmx<T>;
        if (i.Op0Register.IsGPR()) return &MmxToGeneral<T>;
        return i.Op1Register.IsGPR() ? &GeneralToMmx<T> : &BetweenMmx;
    }

    private static Outcome ToGeneral<T>(Processor p, in Operation op) where T : unmanaged
    {
        if (!p.UseSse()) return Outcome.Stop;
        p.Set(op.Destination, p.Xmm(op.Source).As<byte, T>().ToScalar());
        return Outcome.Continue;
    }

    private static Outcome ToGeneralVex<T>(Processor p, in Operation op) where T : unmanaged
    {
        if (!p.UseAvx()) return Outcome.Stop;
        p.Set(op.Destination, p.Xmm(op.Source).As<byte, T>().ToScalar());
        return Outcome.Continue;
    }

    private static Outcome FromGeneral<T>(Processor p, in Operation op) where T : unmanaged
    {
        if (!p.UseSse()) return Outcome.Stop;
        p.Xmm(op.Destination) = Vector128.CreateScalar(p.Get<T>(op.Source)).AsByte();
        return Outcome.Continue;
    }

    private static Outcome FromGeneralVex<T>(Processor p, in Operation op) where T : unmanaged
    {
        if (!p.UseAvx()) return Outcome.Stop;
        p.SetXmm(op.Destination, Vector128.CreateScalar(p.Get<T>(op.Source)).AsByte());
        return Outcome.Continue;
    }

    private static Outcome Between(Processor p, in Operation op)
    {
        if (!p.UseSse()) return Outcome.Stop;
        p.Xmm(op.Destination) = Vector128.CreateScalar(p.Xmm(op.Source).AsUInt64().ToScalar()).AsByte();
        return Outcome.Continue;
    }

    private static Outcome BetweenVex(Processor p, in Operation op)
    {
        if (!p.UseAvx()) return Outcome.Stop;
        p.SetXmm(op.Destination, Vector128.CreateScalar(p.Xmm(op.Source).AsUInt64().ToScalar()).AsByte());
        return Outcome.Continue;
    }

    private static Outcome MmxToGeneral<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
    {
        if (!p.UseMmx()) return Outcome.Stop;
        MmxForms.Enter(p);
        p.Set(op.Destination, T.CreateTruncating(p.Mmx(op.Source)));
        return Outcome.Continue;
    }

    private static Outcome GeneralToMmx<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> =>
        p.UseMmx() ? SetMmx(p, op, ulong.CreateTruncating(p.Get<T>(op.Source))) : Outcome.Stop;

    private static Outcome BetweenMmx(Processor p, in Operation op) => p.UseMmx() ? SetMmx(p, op, p.Mmx(op.Source)) : Outcome.Stop;

    private static Outcome MemoryToMmx<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> =>
        p.UseMmx() && p.Load(op, out T value) ? SetMmx(p, op, ulong.CreateTruncating(value)) : Outcome.Stop;

    private static Outcome MmxToMemory<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
    {
        if (!p.UseMmx() || !p.Store(op, T.CreateTruncating(p.Mmx(op.Source)))) return Outcome.Stop;
        MmxForms.Enter(p);
        return Outcome.Continue;
    }

    [Manual("2B", "4.3", "MOVQ2DQ—Move Quadword from MMX Technology to XMM Register")]
    private static Outcome MmxToVector(Processor p, in Operation op)
    {
        if (!p.UseSse() || !p.UseMmx()) return Outcome.Stop;
        MmxForms.Enter(p);
        p.Xmm(op.Destination) = Vector128.CreateScalar(p.Mmx(op.Source)).AsByte();
        return Outcome.Continue;
    }

    [Manual("2B", "4.3", "MOVDQ2Q—Move Quadword from XMM to MMX Technology Register")]
    private static Outcome VectorToMmx(Processor p, in Operation op) =>
        p.UseSse() && p.UseMmx() ? SetMmx(p, op, p.Xmm(op.Source).AsUInt64().ToScalar()) : Outcome.Stop;

    private static Outcome SetMmx(Processor p, in Operation op, ulong value)
    {
        MmxForms.Enter(p);
        MmxForms.Set(p, op.Destination, value);
        return Outcome.Continue;
    }
}
