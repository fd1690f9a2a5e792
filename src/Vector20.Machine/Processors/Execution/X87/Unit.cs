using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.X87;

/// <summary>What all x87 instructions have in common: pointers, exceptions, how results are delivered.</summary>
[Manual("1", "8.5", "x87 FPU Floating-Point Exception Conditions")]
internal static class Unit
{
    /// <summary>The modes that the control word sets.</summary>
    [Manual("1", "8.1.5.2", "Precision Control Field")]
    [Manual("1", "8.1.5.3", "Rounding Control Field")]
    public static FloatContext Context(in ExtendedRegisterFile file) => new()
    {
        Rounding = (Rounding)(file.ControlWord >> 10 & 3),
        Masked = (FloatExceptions)(file.ControlWord & ControlWord.Masks),
        PrecisionControl = (file.ControlWord >> 8 & 3) switch { 0 => 24, 2 => 53, _ => 0 },
        ScalesExponents = true,
    };

    /// <summary>Notes where the instruction is, and its memory operand if it has one; C1 is 0 unless something says otherwise.</summary>
    [Manual("1", "8.1.8", "x87 FPU Instruction and Data (Operand) Pointers")]
    public static ref ExtendedRegisterFile Begin(Processor p, in Operation op, bool memory)
    {
        ref ExtendedRegisterFile file = ref p.Extended.File;
        file.InstructionPointer = p.Rip + op.Offset & p.InstructionPointerMask;
        file.InstructionSegment = p.Segment(SegmentName.Cs).Selector;
        file.StatusWord &= unchecked((ushort)~StatusWord.C1);
        if (!memory) return ref file;
        file.DataPointer = p.EffectiveAddress(op);
        file.DataSegment = p.Segment(op.Segment).Selector;
        return ref file;
    }

    /// <summary>Sets exception flags; false if one found before computing is not masked, so that there is no result.</summary>
    public static bool Report(Processor p, in FloatContext context)
    {
        ref ExtendedRegisterFile file = ref p.Extended.File;
        FloatExceptions raised = context.Raised;
        bool stops = (raised & ~context.Masked & FloatExceptions.BeforeComputation) != 0;
        if (stops) raised &= FloatExceptions.BeforeComputation;
        file.StatusWord |= (ushort)raised;
        if (!stops && context.RoundedUp) file.StatusWord |= StatusWord.C1;
        Summarize(p, raised & ~context.Masked);
        return !stops;
    }

    /// <summary>A result for a register, then pops.</summary>
    public static Outcome Deliver(Processor p, in FloatContext context, in Extended80 result, int register, int pops)
    {
        if (!Report(p, context)) return Outcome.Continue;
        Stack.Set(ref p.Extended.File, register, result);
        Stack.Pop(ref p.Extended.File, pops);
        return Outcome.Continue;
    }

    /// <summary>An operand is in an empty register: masked, the default NaN is the result.</summary>
    [Manual("1", "8.5.1.1", "Stack Overflow or Underflow Exception (#IS)")]
    public static Outcome Underflow(Processor p, int register, int pops)
    {
        if (!StackFault(p, overflow: false)) return Outcome.Continue;
        Stack.Set(ref p.Extended.File, register, ExtendedArithmetic.DefaultNaN);
        Stack.Pop(ref p.Extended.File, pops);
        return Outcome.Continue;
    }

    /// <summary>Pushes a result. Onto a register that is not empty: masked, the default NaN goes there.</summary>
    [Manual("1", "8.5.1.1", "Stack Overflow or Underflow Exception (#IS)")]
    public static Outcome Push(Processor p, in FloatContext context, in Extended80 result)
    {
        ref ExtendedRegisterFile file = ref p.Extended.File;
        if (!Stack.IsEmpty(file, 7))
        {
            if (StackFault(p, overflow: true)) Stack.Push(ref file, ExtendedArithmetic.DefaultNaN);
        }
        else if (Report(p, context)) Stack.Push(ref file, result);
        return Outcome.Continue;
    }

    /// <summary>Invalid operation for a stack fault; C1 says which way. Whether it is masked.</summary>
    [Manual("1", "8.5.1.1", "Stack Overflow or Underflow Exception (#IS)")]
    public static bool StackFault(Processor p, bool overflow)
    {
        ref ExtendedRegisterFile file = ref p.Extended.File;
        file.StatusWord |= (ushort)(StatusWord.StackFault | (int)FloatExceptions.Invalid | (overflow ? StatusWord.C1 : 0));
        bool masked = (file.ControlWord & (int)FloatExceptions.Invalid) != 0;
        Summarize(p, masked ? 0 : FloatExceptions.Invalid);
        return masked;
    }

    /// <summary>The error summary; with an unmasked exception also the opcode.</summary>
    [Manual("1", "8.1.9.1", "Fopcode Compatibility Sub-mode")]
    private static void Summarize(Processor p, FloatExceptions unmasked)
    {
        ref ExtendedRegisterFile file = ref p.Extended.File;
        StatusWord.Summarize(ref file);
        if (unmasked == 0) return;
        for (uint i = 0; i < 15; i++)
        {
            ulong at = p.Linear(SegmentName.Cs, file.InstructionPointer + i & p.InstructionPointerMask);
            if (!p.ReadLinear(at, Memory.AccessMode.Supervisor, out ushort bytes)) return;
            if ((bytes & 0xF8) != 0xD8) continue;
            file.Opcode = (ushort)((bytes & 7) << 8 | bytes >> 8);
            return;
        }
    }
}
