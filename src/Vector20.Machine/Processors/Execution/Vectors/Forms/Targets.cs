using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>An encoding: when it may execute, where its first source is, what becomes of the bits above the result.</summary>
internal interface ITarget<TVector> where TVector : unmanaged
{
    /// <summary>Whether the instruction may execute; else its fault is raised.</summary>
    static abstract bool Use(Processor p);

    /// <summary>The first source.</summary>
    static abstract TVector Left(Processor p, in Operation op);

    /// <summary>Writes the destination.</summary>
    static abstract void Set(Processor p, int register, TVector value);

    /// <summary>The bits of a comparison's immediate that count.</summary>
    static virtual byte PredicateMask => 31;
}

internal readonly struct LegacyTarget : ITarget<Vector128<byte>>
{
    public static byte PredicateMask => 7;

    public static bool Use(Processor p) => p.UseSse();

    public static Vector128<byte> Left(Processor p, in Operation op) => p.Xmm(op.Destination);

    public static void Set(Processor p, int register, Vector128<byte> value) => p.Xmm(register) = value;
}

internal readonly struct Vex128Target : ITarget<Vector128<byte>>
{
    public static bool Use(Processor p) => p.UseAvx();

    public static Vector128<byte> Left(Processor p, in Operation op) => p.Xmm(op.Source);

    public static void Set(Processor p, int register, Vector128<byte> value) => p.SetXmm(register, value);
}

internal readonly struct Vex256Target : ITarget<Vector256<byte>>
{
    public static bool Use(Processor p) => p.UseAvx();

    public static Vector256<byte> Left(Processor p, in Operation op) => p.Ymm(op.Source);

    public static void Set(Processor p, int register, Vector256<byte> value) => p.Ymm(register) = value;
}
