using System.Reflection.Emit;
using Iced.Intel;
using Fields = Vector20.Machine.Processors.Processor.StateFields;

namespace Vector20.Machine.Processors.Translation;

/// <summary>Shifts by a constant, 32-bit products, bit tests: <see cref="Execution.Shifts"/>, <see cref="Execution.Multiplication"/>, <see cref="Execution.BitTests"/>.</summary>
internal static class ShiftWriter
{
    /// <summary>SHL, SHR, SAR of 32 or 64 bits by a constant that is not 0.</summary>
    public static void Shift(RegionWriter r)
    {
        CodeWriter w = r.Code;
        int width = r.Plan.Width, count = r.Plan.Instruction.Immediate8 & (8 * width - 1);
        LocalBuilder? place = ArithmeticWriter.PlaceOfDestination(r);
        LocalBuilder value = place is null ? OperationWriter.Read(r, 0, width) : ArithmeticWriter.At(w, place, width);
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

    /// <summary>IMUL r32, r/m32 (, imm): CF and OF are 1 if the product needs more than 32 bits.</summary>
    public static void Multiply(RegionWriter r)
    {
        CodeWriter w = r.Code;
        bool three = r.Plan.Instruction.OpCount == 3;
        LocalBuilder a = OperationWriter.Read(r, three ? 1 : 0, 4), b = OperationWriter.Read(r, three ? 2 : 1, 4);
        LocalBuilder product = w.NewLocal(8), result = w.NewLocal(4);
        w.Get(a);
        w.Emit(OpCodes.Conv_I8);
        w.Get(b);
        w.Emit(OpCodes.Conv_I8);
        w.Emit(OpCodes.Mul);
        w.Set(product);
        w.Get(product);
        w.Emit(OpCodes.Conv_I4);
        w.Set(result);
        if (!r.Plan.FlagsAreDead) FlagWriter.Shifted(w, result, 4, () => Overflow(w, product, result));
        w.StoreRegister(r.Plan.Operation.Destination, 4, result);
    }

    /// <summary>BT of a register by a constant changes CF alone.</summary>
    public static void BitTest(RegionWriter r)
    {
        CodeWriter w = r.Code;
        int width = r.Plan.Width, bit = r.Plan.Instruction.Immediate8 & (8 * width - 1);
        LocalBuilder carry = w.NewLocal(8), before = w.NewLocal(8);
        w.LoadRegister(r.Plan.Operation.Destination, width);
        if (width == 4) w.Emit(OpCodes.Conv_I8);
        w.Constant(63 - bit);
        w.Emit(OpCodes.Shl);
        w.Constant(long.MinValue);
        w.Emit(OpCodes.And);
        w.Set(carry);
        w.LoadFlags(Fields.Carries);
        w.Set(before);
        w.StoreFlags(Fields.Carries, () => FlagWriter.WithCarry(w, before, carry, ~(3L << 62)));
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

    /// <summary>CF and OF are both 1 if the product is not its lower half.</summary>
    private static void Overflow(CodeWriter w, LocalBuilder product, LocalBuilder result)
    {
        w.Get(product);
        w.Get(result);
        w.Emit(OpCodes.Conv_I8);
        w.Emit(OpCodes.Ceq);
        w.Constant(1);
        w.Emit(OpCodes.Xor);
        w.Emit(OpCodes.Conv_U8);
        w.Constant(63);
        w.Emit(OpCodes.Shl);
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
