using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Msrs;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution;

/// <summary>RDPID: IA32_TSC_AUX at any privilege level.</summary>
[Manual("2B", "4.3", "RDPID—Read Processor ID")]
internal static unsafe class ProcessorId
{
    /// <summary>The semantics of the instruction, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic == Mnemonic.Rdpid ? &Read : null;

    /// <summary>In VMX non-root operation #UD unless "enable RDTSCP" is 1.</summary>
    private static Outcome Read(Processor p, in Operation op)
    {
        if (p.Vmx.NonRoot && !p.Vmx.Has(SecondaryControls.EnableRdtscp)) return p.Fault(ExceptionVector.InvalidOpcode);
        p.Set(op.Destination, p.Msrs[Msr.TscAux]);
        return Outcome.Continue;
    }
}
