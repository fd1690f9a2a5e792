using System.Reflection.Emit;
using Iced.Intel;

namespace Vector20.Machine.Processors.Translation;

/// <summary>The instructions of <see cref="Execution.Arithmetic"/>, whose results and flags these are.</summary>
internal static class ArithmeticWriter
{
    /// <summary>ADD to XOR, CMP and TEST.</summary>
    public static void Binary(RegionWriter r)
    {
        CodeWriter w = r.Code;
        int width = r.Plan.Width;
        Mnemonic mnemonic = r.Plan.Instruction.Mnemonic;
        bool writes = mnemonic is not (Mnemonic.Cmp or Mnemonic.Test);
        LocalBuilder? place = null;
        LocalBuilder a = writes ? ReadDestination(r, out place) : OperationWriter.Read(r, 0, width);
        LocalBuilder b = OperationWriter.Read(r, 1, width), result = w.NewLocal(width);
        Compute(w, mnemonic, a, b);
        w.Narrow(width);
        w.Set(result);
        if (!r.Plan.FlagsAreDead) SetFlags(w, mnemonic, a, b, result, width);
        if (writes) Write(r, place, result);
        r.Compared = new ComparedValues(SourceOf(mnemonic), width, a, b, result);
    }

    /// <summary>INC, DEC, NOT, NEG.</summary>
    public static void Unary(RegionWriter r)
    {
        CodeWriter w = r.Code;
        int width = r.Plan.Width;
        LocalBuilder a = ReadDestination(r, out LocalBuilder? place);
        LocalBuilder one = w.NewLocal(width), result = w.NewLocal(width);
        w.Constant(1, width);
        w.Set(one);
        switch (r.Plan.Instruction.Mnemonic)
        {
            case Mnemonic.Not:
                w.Get(a);
                w.Emit(OpCodes.Not);
                w.Narrow(width);
                w.Set(result);
                break;
            case Mnemonic.Neg:
                Negate(r, a, result);
                break;
            default:
                Step(r, a, one, result);
                break;
        }

        Write(r, place, result);
    }

    private static void Negate(RegionWriter r, LocalBuilder a, LocalBuilder result)
    {
        CodeWriter w = r.Code;
        int width = r.Plan.Width;
        LocalBuilder zero = w.NewLocal(width);
        w.Constant(0, width);
        w.Set(zero);
        w.Get(a);
        w.Emit(OpCodes.Neg);
        w.Narrow(width);
        w.Set(result);
        if (!r.Plan.FlagsAreDead) FlagWriter.Arithmetic(w, result, width, () => FlagWriter.BorrowsOfDifference(w, zero, a, result));
        r.Compared = new ComparedValues(FlagSource.Difference, width, zero, a, result);
    }

    /// <summary>INC and DEC leave CF.</summary>
    private static void Step(RegionWriter r, LocalBuilder a, LocalBuilder one, LocalBuilder result)
    {
        CodeWriter w = r.Code;
        int width = r.Plan.Width;
        bool up = r.Plan.Instruction.Mnemonic == Mnemonic.Inc;
        w.Get(a);
        w.Get(one);
        w.Emit(up ? OpCodes.Add : OpCodes.Sub);
        w.Narrow(width);
        w.Set(result);
        FlagWriter.ArithmeticButCarry(w, result, width, up ? () => FlagWriter.CarriesOfSum(w, a, one, result) : () => FlagWriter.BorrowsOfDifference(w, a, one, result));
        r.Compared = new ComparedValues(FlagSource.Result, width, a, one, result);
    }

    private static void Compute(CodeWriter w, Mnemonic mnemonic, LocalBuilder a, LocalBuilder b)
    {
        w.Get(a);
        w.Get(b);
        w.Emit(mnemonic switch
        {
            Mnemonic.Add or Mnemonic.Adc => OpCodes.Add,
            Mnemonic.Sub or Mnemonic.Sbb or Mnemonic.Cmp => OpCodes.Sub,
            Mnemonic.Or => OpCodes.Or,
            Mnemonic.Xor => OpCodes.Xor,
            _ => OpCodes.And,
        });
        if (mnemonic is not (Mnemonic.Adc or Mnemonic.Sbb)) return;
        w.LoadFlags(Processor.StateFields.Carries);
        w.Constant(63);
        w.Emit(OpCodes.Shr_Un);
        if (a.LocalType != typeof(long)) w.Emit(OpCodes.Conv_I4);
        w.Emit(mnemonic == Mnemonic.Adc ? OpCodes.Add : OpCodes.Sub);
    }

    private static void SetFlags(CodeWriter w, Mnemonic mnemonic, LocalBuilder a, LocalBuilder b, LocalBuilder result, int width)
    {
        if (mnemonic is Mnemonic.Add or Mnemonic.Adc) FlagWriter.Arithmetic(w, result, width, () => FlagWriter.CarriesOfSum(w, a, b, result));
        else if (mnemonic is Mnemonic.Sub or Mnemonic.Sbb or Mnemonic.Cmp) FlagWriter.Arithmetic(w, result, width, () => FlagWriter.BorrowsOfDifference(w, a, b, result));
        else FlagWriter.Logical(w, result, width);
    }

    private static FlagSource SourceOf(Mnemonic mnemonic) => mnemonic switch
    {
        Mnemonic.Sub or Mnemonic.Cmp => FlagSource.Difference,
        Mnemonic.Add or Mnemonic.Adc or Mnemonic.Sbb => FlagSource.Result,
        _ => FlagSource.Logic,
    };

    /// <summary>Operand 0, which is written too; and, if it is in memory, its place, else null.</summary>
    public static LocalBuilder ReadDestination(RegionWriter r, out LocalBuilder? place)
    {
        place = r.Plan.Instruction.Op0Kind == OpKind.Register ? null : MemoryWriter.Operand(r.Code, r.Plan.Operation, r.Distance, r.Plan.Width, write: true, r.Missed);
        return place is null ? OperationWriter.Read(r, 0, r.Plan.Width) : At(r.Code, place, r.Plan.Width);
    }

    /// <summary>The value at a place, in a local.</summary>
    public static LocalBuilder At(CodeWriter w, LocalBuilder place, int width)
    {
        LocalBuilder value = w.NewLocal(width);
        w.Get(place);
        w.LoadIndirect(width);
        w.Set(value);
        return value;
    }

    /// <summary>Writes a result to the register or the place that operand 0 is.</summary>
    public static void Write(RegionWriter r, LocalBuilder? place, LocalBuilder result)
    {
        CodeWriter w = r.Code;
        if (place is null)
        {
            w.StoreRegister(r.Plan.Operation.Destination, r.Plan.Width, result);
            return;
        }

        w.Get(place);
        w.Get(result);
        w.StoreIndirect(r.Plan.Width);
    }
}
