using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>MASKMOVQ and MASKMOVDQU: bytes by the sign bits of a mask to the place at rDI, all of which must be accessible.</summary>
[Manual("2B", "4.3", "MASKMOVDQU—Store Selected Bytes of Double Quadword")]
[Manual("2B", "4.3", "MASKMOVQ—Store Selected Bytes of Quadword")]
internal static unsafe class MaskedStores
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Maskmovdqu => &StoreVector,
        Mnemonic.Vmaskmovdqu => &StoreVectorVex,
        Mnemonic.Maskmovq => &StoreMmx,
        _ => null,
    };

    private static Outcome StoreVector(Processor p, in Operation op) => p.UseSse() ? Store(p, op, p.Xmm(op.Source), p.Xmm((int)op.Immediate), 16) : Outcome.Stop;

    private static Outcome StoreVectorVex(Processor p, in Operation op) => p.UseAvx() ? Store(p, op, p.Xmm(op.Source), p.Xmm((int)op.Immediate), 16) : Outcome.Stop;

    private static Outcome StoreMmx(Processor p, in Operation op)
    {
        if (!p.UseMmx()) return Outcome.Stop;
        Vector128<byte> bytes = Vector128.CreateScalar(p.Mmx(op.Source)).AsByte(), mask = Vector128.CreateScalar(p.Mmx((int)op.Immediate)).AsByte();
        Outcome outcome = Store(p, op, bytes, mask, 8);
        if (outcome == Outcome.Continue) MmxForms.Enter(p);
        return outcome;
    }

    /// <summary>All of the operand's place is translated before a byte is written.</summary>
    private static Outcome Store(Processor p, in Operation op, Vector128<byte> bytes, Vector128<byte> mask, int count)
    {
        ulong start = p.Get<ulong>(Register.Rdi);
        bool reachable = count == 8 ? p.ReadForWrite(op.Segment, At(op, start, 0), out ulong _) : p.ReadForWrite(op.Segment, At(op, start, 0), out Vector128<byte> _);
        if (!reachable) return Outcome.Stop;
        for (int i = 0; i < count; i++)
            if (mask[i] >= 0x80 && !p.Write(op.Segment, At(op, start, i), bytes[i])) return Outcome.Stop;
        return Outcome.Continue;
    }

    private static ulong At(in Operation op, ulong start, int index)
    {
        ulong at = start + (uint)index;
        return op.AddressSize switch { 8 => at, 4 => (uint)at, _ => (ushort)at };
    }
}
