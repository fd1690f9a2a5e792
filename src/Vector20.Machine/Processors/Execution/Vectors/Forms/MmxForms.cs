using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>The forms on MMX registers: an operation on the lower halves of 128-bit vectors.</summary>
[Manual("1", "9.6.2", "Transitions Between x87 FPU and MMX Code")]
internal static class MmxForms
{
    /// <summary>Every MMX instruction but EMMS makes all registers valid and TOP 0.</summary>
    [Manual("3A", "13.2", "The MMX State and MMX Register Aliasing")]
    public static void Enter(Processor p)
    {
        p.Extended.File.Top = 0;
        p.Extended.File.Valid = 0xFF;
    }

    /// <summary>Writes a register: the exponent field that it shares with an x87 register becomes all ones.</summary>
    public static void Set(Processor p, int number, ulong value) => p.Extended.File.Physical[number & 7] = new Extended80(value, 0xFFFF);

    public static Outcome Register<TOp>(Processor p, in Operation op) where TOp : struct, IPacked => p.UseMmx() ? Finish<TOp>(p, op, p.Mmx(op.Source)) : Outcome.Stop;

    public static Outcome Memory<TOp>(Processor p, in Operation op) where TOp : struct, IPacked =>
        p.UseMmx() && p.Load(op, out ulong right) ? Finish<TOp>(p, op, right) : Outcome.Stop;

    public static Outcome HalfMemory<TOp>(Processor p, in Operation op) where TOp : struct, IPacked =>
        p.UseMmx() && p.Load(op, out uint right) ? Finish<TOp>(p, op, right) : Outcome.Stop;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Outcome Finish<TOp>(Processor p, in Operation op, ulong right) where TOp : struct, IPacked
    {
        Enter(p);
        ulong left = p.Mmx(op.Destination);
        Set(p, op.Destination, TOp.Compute(Vector128.CreateScalar(left).AsByte(), Vector128.CreateScalar(right).AsByte()).AsUInt64().ToScalar());
        return Outcome.Continue;
    }
}

/// <summary>Of MMX operands joined to 128 bits the operation makes the MMX result: packing, and horizontal operations.</summary>
internal readonly struct Joined<TOp> : IPacked where TOp : struct, IPacked
{
    public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right)
    {
        Vector128<byte> joined = Vector128.Create(left.GetLower(), right.GetLower());
        return TOp.Compute(joined, joined);
    }
}
