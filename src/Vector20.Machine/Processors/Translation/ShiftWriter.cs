using System.Reflection.Emit;
using Iced.Intel;
using Fields = Vector20.Machine.Processors.Processor.StateFields;

namespace Vector20.Machine.Processors.Translation;

/// <summary>Shifts and rotates by a constant: <see cref="Execution.Shifts"/>, <see cref="Execution.Rotates"/>.</summary>
internal static class ShiftWriter
{
    /// <summary>SHL, SHR, SAR of 32 or 64 bits by a constant that is not 0.</summary>
    public static void Shift(RegionWriter r)
    {
        CodeWriter w = r.Code;
        int width = r.Plan.Width, count = r.Plan.Instruction.Immediate8 & (8 * width - 1);
        LocalBuilder value = ArithmeticWriter.ReadDestination(r, out LocalBuilder? place);
        LocalBuilder result = w.NewLocal(width);
        Mnemonic mnemonic = r.Plan.Instruction.Mnemonic;
        w.Get(value);
        w.Constant(count);
        w.Emit(mnemonic switch { Mnemonic.Shl => OpCodes.Shl, Mnemonic.Shr => OpCodes.Shr_Un, _ => OpCodes.Shr });
        w.Set(result);
        if (!r.Plan.FlagsAreDead) FlagWriter.Shifted(w, result, width, () => ShiftFlags(w, mnemonic, value, result, width, count));
        ArithmeticWriter.Write(r, place, result);
        r.Compared = new ComparedValues(FlagSource.Result, width, value, value, result);
    }

    /// <summary>ROL and ROR of 32 or 64 bits by a constant that is not 0: only CF and OF change.</summary>
    public static void Rotate(RegionWriter r)
    {
        CodeWriter w = r.Code;
        int width = r.Plan.Width, count = r.Plan.Instruction.Immediate8 & (8 * width - 1);
        bool left = r.Plan.Instruction.Mnemonic == Mnemonic.Rol;
        LocalBuilder value = ArithmeticWriter.ReadDestination(r, out LocalBuilder? place);
        LocalBuilder result = w.NewLocal(width);
        w.Get(value);
        w.Constant(count);
        w.Emit(left ? OpCodes.Shl : OpCodes.Shr_Un);
        w.Get(value);
        w.Constant(8 * width - count);
        w.Emit(left ? OpCodes.Shr_Un : OpCodes.Shl);
        w.Emit(OpCodes.Or);
        w.Set(result);
        w.StoreFlags(Fields.Carries, () =>
        {
            w.LoadFlags(Fields.Carries);
            w.Constant(~FlagWriter.CarryAndOverflow);
            w.Emit(OpCodes.And);
            BitAt(w, result, width, left ? 0 : 8 * width - 1, 63);
            w.Emit(OpCodes.Or);
            BitAt(w, result, width, left ? 8 * width - 1 : 8 * width - 2, 62);
            w.Emit(OpCodes.Or);
        });
        ArithmeticWriter.Write(r, place, result);
    }

    /// <summary>CF in bit 63, CF xor OF in bit 62.</summary>
    private static void ShiftFlags(CodeWriter w, Mnemonic mnemonic, LocalBuilder value, LocalBuilder result, int width, int count)
    {
        int top = 8 * width - 1;
        BitAt(w, value, width, mnemonic == Mnemonic.Shl ? top + 1 - count : count - 1, 63);
        switch (mnemonic)
        {
            case Mnemonic.Shl:
                BitAt(w, result, width, top, 62);
                break;
            case Mnemonic.Shr when count == 1:
                BitAt(w, value, width, 0, 62);
                BitAt(w, value, width, top, 62);
                w.Emit(OpCodes.Xor);
                break;
            default:
                BitAt(w, value, width, count - 1, 62);
                break;
        }

        w.Emit(OpCodes.Or);
    }

    /// <summary>A bit of a value, at another place of 64 bits.</summary>
    private static void BitAt(CodeWriter w, LocalBuilder value, int width, int bit, int at)
    {
        w.Get(value);
        if (width == 4) w.Emit(OpCodes.Conv_I8);
        w.Constant(at >= bit ? at - bit : bit - at);
        w.Emit(at >= bit ? OpCodes.Shl : OpCodes.Shr_Un);
        w.Constant(1L << at);
        w.Emit(OpCodes.And);
    }
}
