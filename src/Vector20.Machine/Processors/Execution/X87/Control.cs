using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.X87;

/// <summary>The control instructions but those with an environment. Those whose names begin with FN do not look for pending exceptions.</summary>
[Manual("1", "8.3.11", "x87 FPU Control Instructions")]
internal static unsafe class Control
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Fninit => &Initialize,
        Mnemonic.Fnclex => &ClearExceptions,
        Mnemonic.Fnstsw => i.Op0Kind == OpKind.Register ? &StoreStatusInRegister : &StoreStatus,
        Mnemonic.Fnstcw => &StoreControl,
        Mnemonic.Fldcw => &LoadControl,
        Mnemonic.Fincstp => &IncrementTop,
        Mnemonic.Fdecstp => &DecrementTop,
        Mnemonic.Ffree => &Free,
        Mnemonic.Ffreep => &FreeAndPop,
        Mnemonic.Fnop => &Nothing,
        Mnemonic.Fneni or Mnemonic.Fndisi or Mnemonic.Fnsetpm => &Ignored,
        Mnemonic.Wait => &Wait,
        _ => null,
    };

    /// <summary>The state after FINIT: the registers keep what they hold, and are tagged empty.</summary>
    public static void Initialize(ref ExtendedRegisterFile file)
    {
        file.ControlWord = ExtendedRegisterFile.InitialControlWord;
        file.StatusWord = file.Valid = file.Opcode = file.InstructionSegment = file.DataSegment = 0;
        file.InstructionPointer = file.DataPointer = 0;
    }

    [Manual("2A", "3.3", "FINIT/FNINIT—Initialize Floating-Point Unit")]
    private static Outcome Initialize(Processor p, in Operation op)
    {
        if (!p.UseX87WithoutWaiting()) return Outcome.Stop;
        Initialize(ref p.Extended.File);
        return Outcome.Continue;
    }

    [Manual("2A", "3.3", "FCLEX/FNCLEX—Clear Exceptions")]
    private static Outcome ClearExceptions(Processor p, in Operation op)
    {
        if (!p.UseX87WithoutWaiting()) return Outcome.Stop;
        p.Extended.File.StatusWord &= unchecked((ushort)~(StatusWord.Exceptions | StatusWord.StackFault | StatusWord.ErrorSummary | StatusWord.Busy));
        return Outcome.Continue;
    }

    [Manual("2A", "3.3", "FSTSW/FNSTSW—Store x87 FPU Status Word")]
    private static Outcome StoreStatus(Processor p, in Operation op) =>
        p.UseX87WithoutWaiting() && p.Store(op, p.Extended.File.StatusWord) ? Outcome.Continue : Outcome.Stop;

    private static Outcome StoreStatusInRegister(Processor p, in Operation op)
    {
        if (!p.UseX87WithoutWaiting()) return Outcome.Stop;
        p.Set(Register.Rax, p.Extended.File.StatusWord);
        return Outcome.Continue;
    }

    [Manual("2A", "3.3", "FSTCW/FNSTCW—Store x87 FPU Control Word")]
    private static Outcome StoreControl(Processor p, in Operation op) =>
        p.UseX87WithoutWaiting() && p.Store(op, p.Extended.File.ControlWord) ? Outcome.Continue : Outcome.Stop;

    /// <summary>An exception that the new masks let through pends from now on.</summary>
    [Manual("2A", "3.3", "FLDCW—Load x87 FPU Control Word")]
    private static Outcome LoadControl(Processor p, in Operation op)
    {
        if (!p.UseX87() || !p.Load(op, out ushort value)) return Outcome.Stop;
        p.Extended.File.ControlWord = ControlWord.Stored(value);
        StatusWord.Summarize(ref p.Extended.File);
        return Outcome.Continue;
    }

    [Manual("2A", "3.3", "FINCSTP—Increment Stack-Top Pointer")]
    private static Outcome IncrementTop(Processor p, in Operation op)
    {
        if (!p.UseX87()) return Outcome.Stop;
        Unit.Begin(p, op, memory: false).Top++;
        return Outcome.Continue;
    }

    [Manual("2A", "3.3", "FDECSTP—Decrement Stack-Top Pointer")]
    private static Outcome DecrementTop(Processor p, in Operation op)
    {
        if (!p.UseX87()) return Outcome.Stop;
        Unit.Begin(p, op, memory: false).Top--;
        return Outcome.Continue;
    }

    [Manual("2A", "3.3", "FFREE—Free Floating-Point Register")]
    private static Outcome Free(Processor p, in Operation op)
    {
        if (!p.UseX87()) return Outcome.Stop;
        Stack.Free(ref Unit.Begin(p, op, memory: false), op.Destination);
        return Outcome.Continue;
    }

    private static Outcome FreeAndPop(Processor p, in Operation op)
    {
        if (!p.UseX87()) return Outcome.Stop;
        Stack.Free(ref Unit.Begin(p, op, memory: false), op.Destination);
        Stack.Pop(ref p.Extended.File);
        return Outcome.Continue;
    }

    [Manual("2A", "3.3", "FNOP—No Operation")]
    private static Outcome Nothing(Processor p, in Operation op) => p.UseX87() ? Outcome.Continue : Outcome.Stop;

    /// <summary>What the 8087 and the 80287 needed.</summary>
    [Manual("3B", "23.18.8", "x87 FPU and Intel 486 SX Processor")]
    private static Outcome Ignored(Processor p, in Operation op) => p.UseX87WithoutWaiting() ? Outcome.Continue : Outcome.Stop;

    /// <summary>WAIT looks at MP and TS, then for a pending exception.</summary>
    [Manual("2D", "6.1", "WAIT/FWAIT—Wait")]
    private static Outcome Wait(Processor p, in Operation op)
    {
        if ((p.ControlRegister0 & (Cr0.MP | Cr0.TS)) == (Cr0.MP | Cr0.TS)) return p.Fault(ExceptionVector.DeviceNotAvailable);
        return p.X87ExceptionPends() ? Outcome.Stop : Outcome.Continue;
    }
}
