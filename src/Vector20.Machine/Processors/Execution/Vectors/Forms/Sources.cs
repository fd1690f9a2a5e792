using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>Where the last source operand of a vector instruction comes from.</summary>
internal interface ISource
{
    /// <summary>The operand as a vector; false when reading it faults.</summary>
    static abstract bool Get<TVector>(Processor p, in Operation op, out TVector value) where TVector : unmanaged;
}

/// <summary>Operand 0, a register.</summary>
internal readonly struct InDestination : ISource
{
    public static bool Get<TVector>(Processor p, in Operation op, out TVector value) where TVector : unmanaged => Lanes.Take(p, op.Destination, out value);
}

/// <summary>Operand 1, a register.</summary>
internal readonly struct InSource : ISource
{
    public static bool Get<TVector>(Processor p, in Operation op, out TVector value) where TVector : unmanaged => Lanes.Take(p, op.Source, out value);
}

/// <summary>Operand 2, a register, the last operand.</summary>
internal readonly struct InThird : ISource
{
    public static bool Get<TVector>(Processor p, in Operation op, out TVector value) where TVector : unmanaged => Lanes.Take(p, (int)op.Immediate, out value);
}

/// <summary>Operand 2, a register that an immediate or a fourth register follows.</summary>
internal readonly struct BeforeLast : ISource
{
    public static bool Get<TVector>(Processor p, in Operation op, out TVector value) where TVector : unmanaged => Lanes.Take(p, op.Displacement, out value);
}

/// <summary>Memory as wide as the vector, of any alignment.</summary>
internal readonly struct Whole : ISource
{
    public static bool Get<TVector>(Processor p, in Operation op, out TVector value) where TVector : unmanaged => p.Load(op, out value);
}

/// <summary>Memory as wide as the vector, aligned to its size: legacy SSE instructions ask for that.</summary>
internal readonly struct Aligned : ISource
{
    public static bool Get<TVector>(Processor p, in Operation op, out TVector value) where TVector : unmanaged
    {
        value = default;
        return Lanes.IsAligned<TVector>(p, op) && p.Load(op, out value);
    }
}

/// <summary>Memory of a narrower type; what it does not fill is 0.</summary>
internal readonly struct Part<T> : ISource where T : unmanaged
{
    public static bool Get<TVector>(Processor p, in Operation op, out TVector value) where TVector : unmanaged
    {
        value = default;
        return p.Load(op, out Unsafe.As<TVector, T>(ref value));
    }
}

/// <summary>What all forms need.</summary>
internal static class Lanes
{
    /// <summary>A vector register of a width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Take<TVector>(Processor p, int number, out TVector value) where TVector : unmanaged
    {
        value = Unsafe.As<Vector256<byte>, TVector>(ref p.Ymm(number));
        return true;
    }

    /// <summary>#GP(0) unless the memory operand is aligned to its size. Its segment is checked first.</summary>
    [Manual("2A", "2.4", "AVX and SSE Instruction Exception Classification")]
    public static bool IsAligned<TVector>(Processor p, in Operation op) where TVector : unmanaged
    {
        ulong offset = p.EffectiveAddress(op);
        return (p.Linear(op.Segment, offset) & (uint)Unsafe.SizeOf<TVector>() - 1) == 0 || p.Refuse(ExceptionVector.GeneralProtection, 0);
    }

    /// <summary>An element of a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref T At<T, TVector>(ref TVector vector, int index) where T : unmanaged where TVector : unmanaged =>
        ref Unsafe.Add(ref Unsafe.As<TVector, T>(ref vector), index);
}
