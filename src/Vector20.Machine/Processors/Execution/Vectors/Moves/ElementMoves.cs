using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>PEXTRx, PINSRx, EXTRACTPS, INSERTPS: single elements between vectors, general registers and memory.</summary>
[Manual("1", "12.10.7", "Insertion and Extractions from XMM Registers")]
internal static unsafe class ElementMoves
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Pextrb or Mnemonic.Vpextrb => Extraction<byte>(i),
        Mnemonic.Pextrw or Mnemonic.Vpextrw => Encodings.Of(i) == VectorEncoding.Mmx ? &ExtractMmx : Extraction<ushort>(i),
        Mnemonic.Pextrd or Mnemonic.Vpextrd or Mnemonic.Extractps or Mnemonic.Vextractps => Extraction<uint>(i),
        Mnemonic.Pextrq or Mnemonic.Vpextrq => Extraction<ulong>(i),
        Mnemonic.Pinsrb or Mnemonic.Vpinsrb => Insertion<byte>(i),
        Mnemonic.Pinsrw or Mnemonic.Vpinsrw => Encodings.Of(i) == VectorEncoding.Mmx ? InsertionMmx(i) : Insertion<ushort>(i),
        Mnemonic.Pinsrd or Mnemonic.Vpinsrd => Insertion<uint>(i),
        Mnemonic.Pinsrq or Mnemonic.Vpinsrq => Insertion<ulong>(i),
        Mnemonic.Insertps or Mnemonic.Vinsertps => InsertSingle.Bind(i),
        _ => null,
    };

    private static Handler Extraction<T>(in Instruction i) where T : unmanaged, IBinaryInteger<T> => (i.Encoding == EncodingKind.VEX, i.Op0Kind == OpKind.Memory) switch
    {
        (false, false) => &Extract<T>,
        (false, true) => &ExtractToMemory<T>,
        (true, false) => &ExtractVex<T>,
        (true, true) => &ExtractToMemoryVex<T>,
    };

    private static Handler Insertion<T>(in Instruction i) where T : unmanaged => (i.Encoding == EncodingKind.VEX, Encodings.HasMemory(i)) switch
    {
        (false, false) => &Insert<T>,
        (false, true) => &InsertFromMemory<T>,
        (true, false) => &InsertVex<T>,
        (true, true) => &InsertFromMemoryVex<T>,
    };

    private static Handler InsertionMmx(in Instruction i) => Encodings.HasMemory(i) ? &InsertMmxFromMemory : &InsertMmx;

    private static Outcome Extract<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> => p.UseSse() ? ToGeneral<T>(p, op) : Outcome.Stop;

    private static Outcome ExtractVex<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> => p.UseAvx() ? ToGeneral<T>(p, op) : Outcome.Stop;

    private static Outcome ExtractToMemory<T>(Processor p, in Operation op) where T : unmanaged =>
        p.UseSse() && p.Store(op, Element<T>(ref p.Xmm(op.Source), op)) ? Outcome.Continue : Outcome.Stop;

    private static Outcome ExtractToMemoryVex<T>(Processor p, in Operation op) where T : unmanaged =>
        p.UseAvx() && p.Store(op, Element<T>(ref p.Xmm(op.Source), op)) ? Outcome.Continue : Outcome.Stop;

    /// <summary>The whole general register is written, zero-extended.</summary>
    private static Outcome ToGeneral<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
    {
        p.Set(op.Destination, ulong.CreateTruncating(Element<T>(ref p.Xmm(op.Source), op)));
        return Outcome.Continue;
    }

    private static Outcome Insert<T>(Processor p, in Operation op) where T : unmanaged
    {
        if (!p.UseSse()) return Outcome.Stop;
        Element<T>(ref p.Xmm(op.Destination), op) = p.Get<T>(op.Source);
        return Outcome.Continue;
    }

    private static Outcome InsertFromMemory<T>(Processor p, in Operation op) where T : unmanaged
    {
        if (!p.UseSse() || !p.Load(op, out T value)) return Outcome.Stop;
        Element<T>(ref p.Xmm(op.Destination), op) = value;
        return Outcome.Continue;
    }

    private static Outcome InsertVex<T>(Processor p, in Operation op) where T : unmanaged => p.UseAvx() ? Inserted(p, op, p.Get<T>((byte)op.Displacement)) : Outcome.Stop;

    private static Outcome InsertFromMemoryVex<T>(Processor p, in Operation op) where T : unmanaged => 
        p.UseAvx() && p.Load(op, out T value) ? Inserted(p, op, value) : Outcome.Stop;

    private static Outcome Inserted<T>(Processor p, in Operation op, T value) where T : unmanaged
    {
        Vector128<byte> result = p.Xmm(op.Source);
        Element<T>(ref result, op) = value;
        p.SetXmm(op.Destination, result);
        return Outcome.Continue;
    }

    private static Outcome ExtractMmx(Processor p, in Operation op)
    {
        if (!p.UseMmx()) return Outcome.Stop;
        MmxForms.Enter(p);
        p.Set(op.Destination, (ulong)(ushort)(p.Mmx(op.Source) >> 16 * ((int)op.Immediate & 3)));
        return Outcome.Continue;
    }

    private static Outcome InsertMmx(Processor p, in Operation op) => p.UseMmx() ? InsertedMmx(p, op, p.Get<ushort>(op.Source)) : Outcome.Stop;

    private static Outcome InsertMmxFromMemory(Processor p, in Operation op) => p.UseMmx() && p.Load(op, out ushort value) ? InsertedMmx(p, op, value) : Outcome.Stop;

    private static Outcome InsertedMmx(Processor p, in Operation op, ushort value)
    {
        MmxForms.Enter(p);
        int shift = 16 * ((int)op.Immediate & 3);
        MmxForms.Set(p, op.Destination, p.Mmx(op.Destination) & ~(0xFFFFul << shift) | (ulong)value << shift);
        return Outcome.Continue;
    }

    /// <summary>The element that the immediate chooses.</summary>
    private static ref T Element<T>(ref Vector128<byte> vector, in Operation op) where T : unmanaged =>
        ref Lanes.At<T, Vector128<byte>>(ref vector, (int)op.Immediate & 16 / Unsafe.SizeOf<T>() - 1);
}
