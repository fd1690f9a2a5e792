using System.Reflection.Emit;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Decoding;
using Fields = Vector20.Machine.Processors.Processor.StateFields;

namespace Vector20.Machine.Processors.Translation;

/// <summary>Addresses, and the software TLB's check beside each access: what it does not hold is the first tier's.</summary>
internal static class MemoryWriter
{
    /// <summary>The offset of a memory operand in its segment.</summary>
    /// <param name="w">The writer.</param>
    /// <param name="op">An operation whose address needs no care.</param>
    /// <param name="distance">Of its block from the region's first byte.</param>
    public static void EffectiveAddress(CodeWriter w, in Operation op, int distance)
    {
        long constant = op.Displacement;
        bool some = true;
        if (op.Base == Register.BlockRip)
        {
            w.RipAt(distance + constant);
            constant = 0;
        }
        else if (op.Base != Register.None) w.LoadRegister(op.Base, 8);
        else some = false;
        if (op.Index != Register.None)
        {
            w.LoadRegister(op.Index, 8);
            if (op.Scale != 0)
            {
                w.Constant((int)op.Scale);
                w.Emit(OpCodes.Shl);
            }

            if (some) w.Emit(OpCodes.Add);
            some = true;
        }

        if (some && constant == 0) return;
        w.Constant(constant);
        if (some) w.Emit(OpCodes.Add);
    }

    /// <summary>The host address of a memory operand, in a local.</summary>
    /// <param name="w">The writer.</param>
    /// <param name="op">The operation.</param>
    /// <param name="distance">Of its block from the region's first byte.</param>
    /// <param name="width">Of the operand, in bytes.</param>
    /// <param name="write">Whether it is written.</param>
    /// <param name="missed">Where to go if the software TLB does not hold it.</param>
    public static LocalBuilder Operand(CodeWriter w, in Operation op, int distance, int width, bool write, Label missed)
    {
        EffectiveAddress(w, op, distance);
        if (op.SegmentBase != Register.None)
        {
            w.LoadRegister(op.SegmentBase, 8);
            w.Emit(OpCodes.Add);
        }

        LocalBuilder linear = w.NewLocal(8);
        w.Set(linear);
        return Place(w, linear, width, write, missed);
    }

    /// <summary>The host address of a linear address, in a local.</summary>
    public static LocalBuilder Place(CodeWriter w, LocalBuilder linear, int width, bool write, Label missed)
    {
        LocalBuilder entry = w.NewEntry();
        w.LoadField(Fields.Tlb);
        w.Get(linear);
        w.Constant(12);
        w.Emit(OpCodes.Shr_Un);
        w.Emit(OpCodes.Conv_I4);
        w.Constant(Processor.TlbEntries - 1);
        w.Emit(OpCodes.And);
        w.LoadField(Fields.DataTable);
        w.Emit(OpCodes.Or);
        w.Emit(OpCodes.Ldelema, typeof(TlbEntry));
        w.Set(entry);
        w.Get(entry);
        w.LoadFieldOf(write ? Fields.WriteTag : Fields.ReadTag);
        Tag(w, linear, width);
        w.Emit(OpCodes.Bne_Un, missed);
        LocalBuilder place = w.NewPlace();
        w.Get(linear);
        w.Emit(OpCodes.Conv_I);
        w.Get(entry);
        w.LoadFieldOf(Fields.Addend);
        w.Emit(OpCodes.Add);
        w.Set(place);
        return place;
    }

    /// <summary>What the entry's tag must be: the page of the access's last byte, with the generation.</summary>
    private static void Tag(CodeWriter w, LocalBuilder linear, int width)
    {
        w.Get(linear);
        if (width > 1)
        {
            w.Constant((long)(width - 1));
            w.Emit(OpCodes.Add);
        }

        w.Constant(~0xFFFL);
        w.Emit(OpCodes.And);
        w.LoadField(Fields.TlbGeneration);
        w.Emit(OpCodes.Conv_U8);
        w.Emit(OpCodes.Or);
    }
}
