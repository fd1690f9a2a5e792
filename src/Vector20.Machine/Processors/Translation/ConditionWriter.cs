using System.Reflection.Emit;
using Fields = Vector20.Machine.Processors.Processor.StateFields;

namespace Vector20.Machine.Processors.Translation;

/// <summary>What set the flags just before a condition is tested: then two values are compared, and no flag is computed.</summary>
internal enum FlagSource
{
    /// <summary>Not known.</summary>
    Flags,

    /// <summary>a - b.</summary>
    Difference,

    /// <summary>AND, OR, XOR, TEST.</summary>
    Logic,

    /// <summary>Only ZF and SF follow from the result.</summary>
    Result,
}

/// <summary>The values that a condition can be computed from.</summary>
internal readonly record struct ComparedValues(FlagSource Source, int Width, LocalBuilder A, LocalBuilder B, LocalBuilder Result);

/// <summary>Branches on the sixteen conditions, by their encoding 0-15, but for 10 and 11 (PF).</summary>
internal static class ConditionWriter
{
    private const int Overflow = 0, Below = 2, Equal = 4, BelowOrEqual = 6, Sign = 8, Less = 12, LessOrEqual = 14;

    /// <summary>Goes to a label if a condition holds.</summary>
    public static void Branch(CodeWriter w, int condition, Label target, in ComparedValues values = default)
    {
        bool written = values.Source switch
        {
            FlagSource.Difference => ByDifference(w, condition, target, values),
            FlagSource.Logic => ByLogic(w, condition, target, values),
            FlagSource.Result => ByResult(w, condition, target, values),
            _ => false,
        };
        if (!written) ByFlags(w, condition, target);
    }

    private static bool ByDifference(CodeWriter w, int condition, Label target, in ComparedValues values)
    {
        if ((condition & ~1) is Overflow or Sign) return (condition & ~1) == Sign && ByResult(w, condition, target, values);
        w.Get(values.A);
        w.Get(values.B);
        w.Emit(condition switch
        {
            Below => OpCodes.Blt_Un,
            Below + 1 => OpCodes.Bge_Un,
            Equal => OpCodes.Beq,
            Equal + 1 => OpCodes.Bne_Un,
            BelowOrEqual => OpCodes.Ble_Un,
            BelowOrEqual + 1 => OpCodes.Bgt_Un,
            Less => OpCodes.Blt,
            Less + 1 => OpCodes.Bge,
            LessOrEqual => OpCodes.Ble,
            _ => OpCodes.Bgt,
        }, target);
        return true;
    }

    /// <summary>CF and OF are 0.</summary>
    private static bool ByLogic(CodeWriter w, int condition, Label target, in ComparedValues values)
    {
        switch (condition & ~1)
        {
            case Overflow or Below:
                if ((condition & 1) != 0) w.Emit(OpCodes.Br, target);
                return true;
            case BelowOrEqual:
                return ByResult(w, Equal | condition & 1, target, values);
            case Less:
                return ByResult(w, Sign | condition & 1, target, values);
            case LessOrEqual:
                ResultAndZero(w, values);
                w.Emit((condition & 1) == 0 ? OpCodes.Ble : OpCodes.Bgt, target);
                return true;
            default:
                return ByResult(w, condition, target, values);
        }
    }

    private static bool ByResult(CodeWriter w, int condition, Label target, in ComparedValues values)
    {
        if ((condition & ~1) is not (Equal or Sign)) return false;
        ResultAndZero(w, values);
        w.Emit(condition switch { Equal => OpCodes.Beq, Equal + 1 => OpCodes.Bne_Un, Sign => OpCodes.Blt, _ => OpCodes.Bge }, target);
        return true;
    }

    private static void ResultAndZero(CodeWriter w, in ComparedValues values)
    {
        w.Get(values.Result);
        w.Constant(0L, values.Width);
    }

    private static void ByFlags(CodeWriter w, int condition, Label target)
    {
        bool holds = (condition & 1) == 0;
        switch (condition & ~1)
        {
            case Equal:
                w.LoadFlags(Fields.Result);
                w.Emit(holds ? OpCodes.Brfalse : OpCodes.Brtrue, target);
                return;
            case BelowOrEqual:
                Either(w, Below, holds, target);
                return;
            case LessOrEqual:
                Either(w, Less, holds, target);
                return;
        }

        Signed(w, condition & ~1);
        w.Constant(0L);
        w.Emit(holds ? OpCodes.Blt : OpCodes.Bge, target);
    }

    /// <summary>ZF or another flag.</summary>
    private static void Either(CodeWriter w, int other, bool holds, Label target)
    {
        if (holds)
        {
            ByFlags(w, other, target);
            ByFlags(w, Equal, target);
            return;
        }

        Label not = w.NewLabel();
        ByFlags(w, other, not);
        ByFlags(w, Equal + 1, target);
        w.Mark(not);
    }

    /// <summary>A value that is negative if CF, OF, SF, or SF xor OF is 1.</summary>
    private static void Signed(CodeWriter w, int condition)
    {
        if (condition is Sign or Less)
        {
            w.LoadFlags(Fields.Carries);
            w.Constant(62);
            w.Emit(OpCodes.Shl);
            w.LoadFlags(Fields.Result);
            w.Emit(OpCodes.Xor);
            if (condition == Sign) return;
        }

        w.LoadFlags(Fields.Carries);
        if (condition == Below) return;
        w.LoadFlags(Fields.Carries);
        w.Constant(1);
        w.Emit(OpCodes.Shl);
        w.Emit(OpCodes.Xor);
        if (condition == Less) w.Emit(OpCodes.Xor);
    }
}
