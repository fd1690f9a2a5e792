using System.Numerics;
using System.Runtime.CompilerServices;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>What one SIMD floating-point instruction computes under: MXCSR's modes, and the exceptions of all its elements.</summary>
/// <remarks>
/// The fast path: rounding to nearest, with the precision exception masked and its flag already set, an operation on normal numbers
/// with a normal result can report nothing new, and the host's arithmetic is the same to the last bit.
/// </remarks>
[Manual("1", "10.2.3", "MXCSR Control and Status Register")]
internal struct FloatUnit
{
    private const uint PrecisionFlag = 1u << 5, DenormalsAreZeros = 1u << 6, PrecisionMask = 1u << 12, FlushToZero = 1u << 15;
    private const int MaskShift = 7, RoundingShift = 13;
    private const uint QuickBits = PrecisionFlag | PrecisionMask | 3u << RoundingShift, Quick = PrecisionFlag | PrecisionMask;

    public FloatContext Context;

    /// <summary>The instruction's immediate, if it has one.</summary>
    public byte Immediate;

    /// <summary>The bits of it that count as the predicate of a comparison.</summary>
    public byte PredicateMask;

    /// <summary>Whether normal numbers may go to the host's arithmetic.</summary>
    public bool IsQuick;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatUnit Of(Processor p, byte immediate, byte predicateMask = 31)
    {
        uint mxcsr = p.Extended.File.Mxcsr;
        return new FloatUnit
        {
            Immediate = immediate,
            PredicateMask = predicateMask,
            IsQuick = (mxcsr & QuickBits) == Quick,
            Context = new FloatContext
            {
                Rounding = (Rounding)(mxcsr >> RoundingShift & 3),
                Masked = (FloatExceptions)(mxcsr >> MaskShift & 0x3F),
                DenormalsAreZeros = (mxcsr & DenormalsAreZeros) != 0,
                FlushesToZero = (mxcsr & FlushToZero) != 0,
            },
        };
    }

    /// <summary>
    /// Sets the flags of all exceptions; false when one is not masked. If that is one found before computing, none of the others is reported.
    /// </summary>
    [Manual("1", "11.5.3", "Generating SIMD Floating-Point Exceptions")]
    [Manual("3A", "6.15", "Interrupt 19—SIMD Floating-Point Exception (#XM)")]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Finish(Processor p) => Context.Raised == 0 || Report(p);

    private readonly bool Report(Processor p)
    {
        FloatExceptions raised = Context.Raised, faulting = raised & ~Context.Masked;
        if ((faulting & FloatExceptions.BeforeComputation) != 0) raised &= FloatExceptions.BeforeComputation;
        p.Extended.File.Mxcsr |= (uint)raised;
        if (faulting == 0) return true;
        p.Fault((p.ControlRegister4 & Cr4.OSXMMEXCPT) != 0 ? ExceptionVector.SimdFloatingPoint : ExceptionVector.InvalidOpcode);
        return false;
    }

    /// <summary>The format of an element type.</summary>
    public static FloatFormat FormatOf<T>() => Unsafe.SizeOf<T>() == 4 ? FloatFormat.Single : FloatFormat.Double;

    public static ulong Bits<T>(T value) where T : unmanaged => Unsafe.SizeOf<T>() == 4 ? Unsafe.BitCast<T, uint>(value) : Unsafe.BitCast<T, ulong>(value);

    public static T FromBits<T>(ulong bits) where T : unmanaged => Unsafe.SizeOf<T>() == 4 ? Unsafe.BitCast<uint, T>((uint)bits) : Unsafe.BitCast<ulong, T>(bits);

    /// <summary>Whether an operand is a normal number or 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsPlain<T>(T value) where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() == 4)
        {
            uint magnitude = Unsafe.BitCast<T, uint>(value) << 1;
            return magnitude - (1u << 24) < 254u << 24 || magnitude == 0;
        }

        ulong wide = Unsafe.BitCast<T, ulong>(value) << 1;
        return wide - (1ul << 53) < 2046ul << 53 || wide == 0;
    }

    /// <summary>Whether a result is a normal number, and not the smallest, which a tiny one may have been rounded to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsPlainResult<T>(T value) where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() == 4) return (Unsafe.BitCast<T, uint>(value) << 1) - (2u << 24) < 253u << 24;
        return (Unsafe.BitCast<T, ulong>(value) << 1) - (2ul << 53) < 2045ul << 53;
    }
}
