using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.StateSaving;

/// <summary>LDMXCSR and STMXCSR, and their VEX forms.</summary>
[Manual("1", "10.2.3", "MXCSR Control and Status Register")]
internal static unsafe class ControlAndStatus
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Ldmxcsr => &Load,
        Mnemonic.Stmxcsr => &Store,
        Mnemonic.Vldmxcsr => &LoadVex,
        Mnemonic.Vstmxcsr => &StoreVex,
        _ => null,
    };

    private static Outcome Load(Processor p, in Operation op) => p.UseSse() ? LoadFrom(p, op) : Outcome.Stop;

    private static Outcome LoadVex(Processor p, in Operation op) => p.UseAvx() ? LoadFrom(p, op) : Outcome.Stop;

    private static Outcome Store(Processor p, in Operation op) => p.UseSse() ? StoreTo(p, op) : Outcome.Stop;

    private static Outcome StoreVex(Processor p, in Operation op) => p.UseAvx() ? StoreTo(p, op) : Outcome.Stop;

    [Manual("2A", "3.3", "LDMXCSR—Load MXCSR Register")]
    private static Outcome LoadFrom(Processor p, in Operation op)
    {
        if (!p.Load(op, out uint value)) return Outcome.Stop;
        if ((value & ~LegacyRegion.MxcsrMask) != 0) return p.Fault(ExceptionVector.GeneralProtection, 0);
        p.Extended.File.Mxcsr = value;
        return Outcome.Continue;
    }

    [Manual("2B", "4.3", "STMXCSR—Store MXCSR Register State")]
    private static Outcome StoreTo(Processor p, in Operation op) => p.Store(op, p.Extended.File.Mxcsr) ? Outcome.Continue : Outcome.Stop;
}
