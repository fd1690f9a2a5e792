using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.X87;

/// <summary>FSQRT, FRNDINT, FSCALE, FPREM, FPREM1, FXTRACT, FABS, FCHS.</summary>
[Manual("1", "8.3.5", "Basic Arithmetic Instructions")]
internal static unsafe class Functions
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Fsqrt => &SquareRoot,
        Mnemonic.Frndint => &RoundToInteger,
        Mnemonic.Fscale => &Scale,
        Mnemonic.Fprem => &PartialRemainder,
        Mnemonic.Fprem1 => &NearestRemainder,
        Mnemonic.Fxtract => &Extract,
        Mnemonic.Fabs => &Absolute,
        Mnemonic.Fchs => &ChangeSign,
        _ => null,
    };

    [Manual("2A", "3.3", "FSQRT—Square Root")]
    private static Outcome SquareRoot(Processor p, in Operation op)
    {
        if (!p.UseX87()) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, memory: false);
        if (Stack.IsEmpty(file, 0)) return Unit.Underflow(p, 0, 0);
        FloatContext context = Unit.Context(file);
        Extended80 result = ExtendedArithmetic.SquareRoot(Stack.Number(file, 0), ref context);
        return Unit.Deliver(p, context, result, 0, 0);
    }

    private static Outcome RoundToInteger(Processor p, in Operation op)
    {
        if (!p.UseX87()) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, memory: false);
        if (Stack.IsEmpty(file, 0)) return Unit.Underflow(p, 0, 0);
        FloatContext context = Unit.Context(file);
        Extended80 result = ExtendedFunctions.RoundToInteger(Stack.Number(file, 0), ref context);
        return Unit.Deliver(p, context, result, 0, 0);
    }

    private static Outcome Scale(Processor p, in Operation op)
    {
        if (!p.UseX87()) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, memory: false);
        if (Stack.IsEmpty(file, 0) || Stack.IsEmpty(file, 1)) return Unit.Underflow(p, 0, 0);
        FloatContext context = Unit.Context(file);
        Extended80 result = ExtendedFunctions.Scale(Stack.Number(file, 0), Stack.Number(file, 1), ref context);
        return Unit.Deliver(p, context, result, 0, 0);
    }

    private static Outcome PartialRemainder(Processor p, in Operation op) => Remainder(p, op, nearest: false);

    private static Outcome NearestRemainder(Processor p, in Operation op) => Remainder(p, op, nearest: true);

    /// <summary>C2: not complete; C0, C3, C1: bits 2, 1 and 0 of the quotient.</summary>
    private static Outcome Remainder(Processor p, in Operation op, bool nearest)
    {
        if (!p.UseX87()) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, memory: false);
        file.StatusWord &= unchecked((ushort)~StatusWord.C2);
        if (Stack.IsEmpty(file, 0) || Stack.IsEmpty(file, 1)) return Unit.Underflow(p, 0, 0);
        FloatContext context = Unit.Context(file);
        Extended80 result = ExtendedFunctions.Remainder(Stack.Number(file, 0), Stack.Number(file, 1), nearest, out uint quotient, out bool partial, ref context);
        context.RoundedUp = false;
        if (!Unit.Report(p, context)) return Outcome.Continue;
        Stack.Set(ref file, 0, result);
        if (partial) file.StatusWord |= StatusWord.C2;
        else if ((result.SignExponent & 0x7FFF) != 0x7FFF) SetQuotient(ref file, quotient);
        return Outcome.Continue;
    }

    private static void SetQuotient(ref ExtendedRegisterFile file, uint quotient)
    {
        int codes = ((quotient & 4) != 0 ? StatusWord.C0 : 0) | ((quotient & 2) != 0 ? StatusWord.C3 : 0) | ((quotient & 1) != 0 ? StatusWord.C1 : 0);
        file.StatusWord = (ushort)(file.StatusWord & ~(StatusWord.C0 | StatusWord.C1 | StatusWord.C3) | codes);
    }

    /// <summary>ST(0) becomes its exponent; its significand is pushed.</summary>
    [Manual("2A", "3.3", "FXTRACT—Extract Exponent and Significand")]
    private static Outcome Extract(Processor p, in Operation op)
    {
        if (!p.UseX87()) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, memory: false);
        bool underflow = Stack.IsEmpty(file, 0);
        if (underflow || !Stack.IsEmpty(file, 7))
        {
            if (!Unit.StackFault(p, overflow: !underflow)) return Outcome.Continue;
            Stack.Set(ref file, 0, ExtendedArithmetic.DefaultNaN);
            Stack.Push(ref file, ExtendedArithmetic.DefaultNaN);
            return Outcome.Continue;
        }

        FloatContext context = Unit.Context(file);
        Number number = Stack.Number(file, 0);
        (Extended80 exponent, Extended80 significand) = Parts(number, ref context);
        if (!Unit.Report(p, context)) return Outcome.Continue;
        Stack.Set(ref file, 0, exponent);
        Stack.Push(ref file, significand);
        return Outcome.Continue;
    }

    private static (Extended80 Exponent, Extended80 Significand) Parts(in Number number, ref FloatContext context)
    {
        if (!ExtendedArithmetic.IsNumber(number, ref context, out Extended80 nan)) return (nan, nan);
        if (number.IsInfinity) return (ExtendedArithmetic.Infinity(false), ExtendedArithmetic.Infinity(number.Negative));
        if (number.IsZero)
        {
            context.Raised |= FloatExceptions.ZeroDivide;
            return (ExtendedArithmetic.Infinity(true), ExtendedArithmetic.Zero(number.Negative));
        }

        VectorArithmetic.Denormals(number, number, ref context);
        return (ExtendedArithmetic.Encode(Number.Of(number.Exponent)), ExtendedArithmetic.Encode(number with { Exponent = 0 }));
    }

    [Manual("2A", "3.3", "FABS—Absolute Value")]
    private static Outcome Absolute(Processor p, in Operation op) => ChangeSign(p, op, 0x7FFF, 0);

    [Manual("2A", "3.3", "FCHS—Change Sign")]
    private static Outcome ChangeSign(Processor p, in Operation op) => ChangeSign(p, op, 0xFFFF, 0x8000);

    private static Outcome ChangeSign(Processor p, in Operation op, ulong kept, ulong toggled)
    {
        if (!p.UseX87()) return Outcome.Stop;
        ref ExtendedRegisterFile file = ref Unit.Begin(p, op, memory: false);
        if (Stack.IsEmpty(file, 0)) return Unit.Underflow(p, 0, 0);
        Extended80 value = Stack.Get(file, 0);
        Stack.Set(ref file, 0, value with { SignExponent = value.SignExponent & kept ^ toggled });
        return Outcome.Continue;
    }
}
