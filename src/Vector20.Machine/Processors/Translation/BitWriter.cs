using System.Reflection;
using System.Reflection.Emit;
using Iced.Intel;
using Fields = Vector20.Machine.Processors.Processor.StateFields;

namespace Vector20.Machine.Processors.Translation;

/// <summary>Products, bit tests, and of BMI what compilers like: <see cref="Execution.Multiplication"/>, <see cref="Execution.BitTests"/>, <see cref="Execution.BitManipulation"/>.</summary>
internal static class BitWriter
{
    private static readonly MethodInfo _upperHalf = ((Func<long, long, long>)UpperHalf).Method;

    /// <summary>IMUL with two or three operands: CF and OF are 1 if the product is not its lower half.</summary>
    public static void Multiply(RegionWriter r)
    {
        CodeWriter w = r.Code;
        int width = r.Plan.Width;
        bool three = r.Plan.Instruction.OpCount == 3;
        LocalBuilder a = OperationWriter.Read(r, three ? 1 : 0, width), b = OperationWriter.Read(r, three ? 2 : 1, width), result = w.NewLocal(width);
        w.Get(a);
        w.Get(b);
        w.Emit(OpCodes.Mul);
        w.Set(result);
        if (!r.Plan.FlagsAreDead) FlagWriter.Shifted(w, result, width, () => Overflow(w, a, b, result));
        w.StoreRegister(r.Plan.Operation.Destination, width, result);
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
        w.StoreFlags(Fields.Carries, () => FlagWriter.WithCarry(w, before, carry, ~FlagWriter.CarryAndOverflow));
    }

    /// <summary>SHLX, SHRX, SARX: the count is the third operand's, masked as always.</summary>
    public static void ShiftWithoutFlags(RegionWriter r)
    {
        CodeWriter w = r.Code;
        int width = r.Plan.Width;
        LocalBuilder value = OperationWriter.Read(r, 1, width), result = w.NewLocal(width);
        w.Get(value);
        w.LoadRegister(ThirdRegister(r), 4);
        w.Constant(8 * width - 1);
        w.Emit(OpCodes.And);
        w.Emit(r.Plan.Instruction.Mnemonic switch { Mnemonic.Shlx => OpCodes.Shl, Mnemonic.Shrx => OpCodes.Shr_Un, _ => OpCodes.Shr });
        w.Set(result);
        w.StoreRegister(r.Plan.Operation.Destination, width, result);
    }

    /// <summary>BZHI: CF is 1, and the source whole, if the index is past the top bit.</summary>
    public static void ZeroHigh(RegionWriter r)
    {
        CodeWriter w = r.Code;
        int width = r.Plan.Width;
        LocalBuilder value = OperationWriter.Read(r, 1, width), index = w.NewLocal(1), carries = w.NewLocal(8);
        var done = w.NewLabel();
        w.LoadRegister(ThirdRegister(r), 1);
        w.Emit(OpCodes.Conv_U1);
        w.Set(index);
        w.Constant(FlagWriter.CarryAndOverflow);
        w.Set(carries);
        w.Get(index);
        w.Constant(8 * width);
        w.Emit(OpCodes.Bge, done);
        w.Constant(0L);
        w.Set(carries);
        w.Get(value);
        w.Constant(1, width);
        w.Get(index);
        w.Emit(OpCodes.Shl);
        w.Constant(1, width);
        w.Emit(OpCodes.Sub);
        w.Emit(OpCodes.And);
        w.Set(value);
        w.Mark(done);
        if (!r.Plan.FlagsAreDead) FlagWriter.Shifted(w, value, width, () => w.Get(carries));
        w.StoreRegister(r.Plan.Operation.Destination, width, value);
    }

    /// <summary>The upper half of a signed product.</summary>
    private static long UpperHalf(long a, long b) => Math.BigMul(a, b, out _);

    /// <summary>CF in bit 63, with 0 in bit 62 for OF as CF, if a signed product is not its lower half extended.</summary>
    private static void Overflow(CodeWriter w, LocalBuilder a, LocalBuilder b, LocalBuilder result)
    {
        bool wide = result.LocalType == typeof(long);
        w.Get(a);
        if (!wide) w.Emit(OpCodes.Conv_I8);
        w.Get(b);
        if (wide) w.Call(_upperHalf);
        else
        {
            w.Emit(OpCodes.Conv_I8);
            w.Emit(OpCodes.Mul);
        }

        w.Get(result);
        if (wide)
        {
            w.Constant(63);
            w.Emit(OpCodes.Shr);
        }
        else w.Emit(OpCodes.Conv_I8);
        w.Emit(OpCodes.Ceq);
        w.Constant(1);
        w.Emit(OpCodes.Xor);
        w.Emit(OpCodes.Conv_U8);
        w.Constant(63);
        w.Emit(OpCodes.Shl);
    }

    private static byte ThirdRegister(RegionWriter r) =>
        r.Plan.Instruction.Op1Kind == OpKind.Memory ? r.Plan.Operation.Source : (byte)r.Plan.Operation.Immediate;
}
