using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>x87 instructions. No model has the FPU: with CR0.EM or TS they are #NM, as they would be, and otherwise one line that names the instruction.</summary>
[Manual("3A", "2.5", "Control Registers")]
internal static unsafe class FloatingPoint
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i)
    {
        if (i.Mnemonic == Mnemonic.Wait) return &Wait;
        foreach (CpuidFeature feature in i.CpuidFeatures)
            if (feature is CpuidFeature.FPU or CpuidFeature.FPU287 or CpuidFeature.FPU387) return &Execute;
        return null;
    }

    private static Outcome Execute(Processor p, in Operation op) => (p.ControlRegister0 & (Cr0.EM | Cr0.TS)) != 0
        ? p.Fault(ExceptionVector.DeviceNotAvailable)
        : Undefined.Unimplemented(p, op);

    /// <summary>WAIT looks at MP and TS. There is never an unmasked x87 exception to report.</summary>
    [Manual("2D", "6.1", "WAIT/FWAIT - Wait")]
    private static Outcome Wait(Processor p, in Operation op) =>
        (p.ControlRegister0 & (Cr0.MP | Cr0.TS)) == (Cr0.MP | Cr0.TS) ? p.Fault(ExceptionVector.DeviceNotAvailable) : Outcome.Continue;
}
