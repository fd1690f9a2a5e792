using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>Sign bits to a general register, and tests that set flags only: PMOVMSKB, MOVMSKPS, MOVMSKPD, PTEST, VTESTPS, VTESTPD.</summary>
[Manual("2B", "4.3", "PMOVMSKB—Move Byte Mask")]
[Manual("2B", "4.3", "PTEST—Logical Compare")]
[Manual("2C", "5.3", "VTESTPD/VTESTPS—Packed Bit Test")]
internal static unsafe class MaskExtraction
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Pmovmskb or Mnemonic.Vpmovmskb => Encodings.Of(i) == VectorEncoding.Mmx ? &MmxSigns : Signs<byte>(i),
        Mnemonic.Movmskps or Mnemonic.Vmovmskps => Signs<uint>(i),
        Mnemonic.Movmskpd or Mnemonic.Vmovmskpd => Signs<ulong>(i),
        Mnemonic.Ptest or Mnemonic.Vptest => Test<byte>(i),
        Mnemonic.Vtestps => Test<uint>(i),
        Mnemonic.Vtestpd => Test<ulong>(i),
        _ => null,
    };

    private static Handler Signs<T>(in Instruction i) where T : unmanaged => Encodings.Of(i) switch
    {
        VectorEncoding.Legacy => &LegacySigns<T>,
        VectorEncoding.Vex128 => &VexSigns128<T>,
        _ => &VexSigns256<T>,
    };

    private static Handler Test<T>(in Instruction i) where T : unmanaged => (Encodings.Of(i), Encodings.HasMemory(i)) switch
    {
        (VectorEncoding.Legacy, false) => &LegacyTest<T, InSource>,
        (VectorEncoding.Legacy, true) => &LegacyTest<T, Aligned>,
        (VectorEncoding.Vex128, false) => &VexTest128<T, InSource>,
        (VectorEncoding.Vex128, true) => &VexTest128<T, Whole>,
        (_, false) => &VexTest256<T, InSource>,
        (_, true) => &VexTest256<T, Whole>,
    };

    private static Outcome LegacySigns<T>(Processor p, in Operation op) where T : unmanaged
    {
        if (!p.UseSse()) return Outcome.Stop;
        p.Set(op.Destination, (ulong)p.Xmm(op.Source).As<byte, T>().ExtractMostSignificantBits());
        return Outcome.Continue;
    }

    private static Outcome VexSigns128<T>(Processor p, in Operation op) where T : unmanaged
    {
        if (!p.UseAvx()) return Outcome.Stop;
        p.Set(op.Destination, (ulong)p.Xmm(op.Source).As<byte, T>().ExtractMostSignificantBits());
        return Outcome.Continue;
    }

    private static Outcome VexSigns256<T>(Processor p, in Operation op) where T : unmanaged
    {
        if (!p.UseAvx()) return Outcome.Stop;
        p.Set(op.Destination, (ulong)p.Ymm(op.Source).As<byte, T>().ExtractMostSignificantBits());
        return Outcome.Continue;
    }

    private static Outcome MmxSigns(Processor p, in Operation op)
    {
        if (!p.UseMmx()) return Outcome.Stop;
        MmxForms.Enter(p);
        p.Set(op.Destination, (ulong)Vector128.CreateScalar(p.Mmx(op.Source)).AsByte().ExtractMostSignificantBits());
        return Outcome.Continue;
    }

    private static Outcome LegacyTest<T, TSource>(Processor p, in Operation op) where T : unmanaged where TSource : struct, ISource =>
        p.UseSse() && TSource.Get(p, op, out Vector128<byte> right) ? SetFlags<T>(p, p.Xmm(op.Destination).ToVector256(), right.ToVector256()) : Outcome.Stop;

    private static Outcome VexTest128<T, TSource>(Processor p, in Operation op) where T : unmanaged where TSource : struct, ISource =>
        p.UseAvx() && TSource.Get(p, op, out Vector128<byte> right) ? SetFlags<T>(p, p.Xmm(op.Destination).ToVector256(), right.ToVector256()) : Outcome.Stop;

    private static Outcome VexTest256<T, TSource>(Processor p, in Operation op) where T : unmanaged where TSource : struct, ISource =>
        p.UseAvx() && TSource.Get(p, op, out Vector256<byte> right) ? SetFlags<T>(p, p.Ymm(op.Destination), right) : Outcome.Stop;

    /// <summary>ZF: no bit in both; CF: no bit in the second that is not in the first. Of all bits, or of the elements' sign bits.</summary>
    private static Outcome SetFlags<T>(Processor p, Vector256<byte> first, Vector256<byte> second) where T : unmanaged
    {
        Vector256<byte> mask = Unsafe.SizeOf<T>() switch
        {
            1 => Vector256<byte>.AllBitsSet,
            4 => Vector256.Create(0x8000_0000u).AsByte(),
            _ => Vector256.Create(1ul << 63).AsByte(),
        };
        bool zero = (first & second & mask) == default, carry = (~first & second & mask) == default;
        p.Flags.Value = (zero ? Eflags.ZF : 0) | (carry ? Eflags.CF : 0);
        return Outcome.Continue;
    }
}
