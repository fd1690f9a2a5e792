using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>
/// x87 instructions. No model has the FPU: with CR0.EM or TS they are #NM, as they would be; those that software looks for an FPU
/// with do nothing, so that it finds none; any other is one line that names the instruction.
/// </summary>
[Manual("3A", "2.5", "Control Registers")]
internal static unsafe class FloatingPoint
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i)
    {
        if (i.Mnemonic == Mnemonic.Wait) return &Wait;
        if (i.Mnemonic is Mnemonic.Fninit or Mnemonic.Fnclex or Mnemonic.Fnstsw or Mnemonic.Fnstcw) return &Probe;
        foreach (CpuidFeature feature in i.CpuidFeatures)
            if (feature is CpuidFeature.FPU or CpuidFeature.FPU287 or CpuidFeature.FPU387) return &Execute;
        return null;
    }

    private static Outcome Execute(Processor p, in Operation op) => (p.ControlRegister0 & (Cr0.EM | Cr0.TS)) != 0
        ? p.Fault(ExceptionVector.DeviceNotAvailable)
        : Undefined.Unimplemented(p, op);

    /// <summary>Initializing leaves nothing initialized, storing leaves the operand as it was: no FPU answers.</summary>
    private static Outcome Probe(Processor p, in Operation op) =>
        (p.ControlRegister0 & (Cr0.EM | Cr0.TS)) != 0 ? p.Fault(ExceptionVector.DeviceNotAvailable) : Outcome.Continue;

    /// <summary>WAIT looks at MP and TS. There is never an unmasked x87 exception to report.</summary>
    [Manual("2D", "6.1", "WAIT/FWAIT—Wait")]
    private static Outcome Wait(Processor p, in Operation op) =>
        (p.ControlRegister0 & (Cr0.MP | Cr0.TS)) == (Cr0.MP | Cr0.TS) ? p.Fault(ExceptionVector.DeviceNotAvailable) : Outcome.Continue;
}
