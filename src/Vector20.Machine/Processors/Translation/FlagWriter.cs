using System.Reflection.Emit;
using Fields = Vector20.Machine.Processors.Processor.StateFields;

namespace Vector20.Machine.Processors.Translation;

/// <summary>Sets the status flags, in the form that <see cref="StatusFlags"/> keeps them.</summary>
internal static class FlagWriter
{
    /// <summary>The bits of the carries that CF and OF follow from.</summary>
    public const long CarryAndOverflow = 3L << 62;

    private const long Auxiliary = 8;

    /// <summary>Sets all six from a result and what leaves the carries out of each of its bits on the stack.</summary>
    public static void Arithmetic(CodeWriter w, LocalBuilder result, int width, Action carries)
    {
        Result(w, result, width);
        w.StoreFlags(Fields.Carries, () => Carries(w, width, carries));
    }

    /// <summary>As <see cref="Arithmetic"/>, but for CF, which stays.</summary>
    public static void ArithmeticButCarry(CodeWriter w, LocalBuilder result, int width, Action carries)
    {
        LocalBuilder now = w.NewLocal(8), before = w.NewLocal(8);
        Carries(w, width, carries);
        w.Set(now);
        w.LoadFlags(Fields.Carries);
        w.Constant(long.MinValue);
        w.Emit(OpCodes.And);
        w.Set(before);
        Result(w, result, width);
        w.StoreFlags(Fields.Carries, () => WithCarry(w, now, before, Auxiliary));
    }

    /// <summary>Sets all six from a result that has no carries.</summary>
    public static void Logical(CodeWriter w, LocalBuilder result, int width)
    {
        Result(w, result, width);
        w.StoreFlags(Fields.Carries, () => w.Constant(0L));
    }

    /// <summary>Sets all six from a result, and what leaves CF in bit 63 and CF xor OF in bit 62 on the stack. AF is 0.</summary>
    public static void Shifted(CodeWriter w, LocalBuilder result, int width, Action carryAndOverflow)
    {
        Result(w, result, width);
        w.StoreFlags(Fields.Carries, carryAndOverflow);
    }

    /// <summary>Carries of <c>a + b = sum</c>: <see cref="Execution.Arithmetic.Carries{T}"/>.</summary>
    public static void CarriesOfSum(CodeWriter w, LocalBuilder a, LocalBuilder b, LocalBuilder sum)
    {
        w.Get(a);
        w.Get(b);
        w.Emit(OpCodes.And);
        w.Get(a);
        w.Get(b);
        w.Emit(OpCodes.Or);
        w.Get(sum);
        w.Emit(OpCodes.Not);
        w.Emit(OpCodes.And);
        w.Emit(OpCodes.Or);
    }

    /// <summary>Borrows of <c>a - b = difference</c>: <see cref="Execution.Arithmetic.Borrows{T}"/>.</summary>
    public static void BorrowsOfDifference(CodeWriter w, LocalBuilder a, LocalBuilder b, LocalBuilder difference)
    {
        w.Get(a);
        w.Emit(OpCodes.Not);
        w.Get(b);
        w.Emit(OpCodes.And);
        w.Get(a);
        w.Emit(OpCodes.Not);
        w.Get(b);
        w.Emit(OpCodes.Or);
        w.Get(difference);
        w.Emit(OpCodes.And);
        w.Emit(OpCodes.Or);
    }

    private static void Result(CodeWriter w, LocalBuilder result, int width) => w.StoreFlags(Fields.Result, () =>
    {
        w.Get(result);
        if (width != 8) w.Emit(OpCodes.Conv_I8);
    });

    /// <summary>The top two carries to the top, and the one out of bit 3.</summary>
    private static void Carries(CodeWriter w, int width, Action carries)
    {
        LocalBuilder wide = w.NewLocal(8);
        carries();
        if (width != 8) w.Emit(OpCodes.Conv_I8);
        w.Set(wide);
        w.Get(wide);
        if (width != 8)
        {
            w.Constant(64 - 8 * width);
            w.Emit(OpCodes.Shl);
        }

        w.Constant(CarryAndOverflow);
        w.Emit(OpCodes.And);
        w.Get(wide);
        w.Constant(Auxiliary);
        w.Emit(OpCodes.And);
        w.Emit(OpCodes.Or);
    }

    /// <summary>Carries with another CF: bit 62 changes so that OF stays.</summary>
    /// <param name="w">The writer.</param>
    /// <param name="carries">The carries.</param>
    /// <param name="carry">CF in bit 63, the others 0.</param>
    /// <param name="kept">Which bits of the carries stay as they are.</param>
    public static void WithCarry(CodeWriter w, LocalBuilder carries, LocalBuilder carry, long kept)
    {
        w.Get(carries);
        w.Get(carries);
        w.Constant(1);
        w.Emit(OpCodes.Shl);
        w.Emit(OpCodes.Xor);
        w.Constant(long.MinValue);
        w.Emit(OpCodes.And);
        w.Get(carry);
        w.Emit(OpCodes.Xor);
        w.Constant(1);
        w.Emit(OpCodes.Shr_Un);
        w.Get(carry);
        w.Emit(OpCodes.Or);
        w.Get(carries);
        w.Constant(kept);
        w.Emit(OpCodes.And);
        w.Emit(OpCodes.Or);
    }
}
