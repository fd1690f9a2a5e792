using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Msrs;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>RDMSR and WRMSR.</summary>
[Manual("2B", "4.3", "RDMSR—Read From Model Specific Register")]
[Manual("2D", "6.1", "WRMSR—Write to Model Specific Register")]
internal static unsafe class MsrInstructions
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Rdmsr => &Read,
        Mnemonic.Wrmsr => &Write,
        _ => null,
    };

    private static Outcome Read(Processor p, in Operation op)
    {
        if (!Privilege.RequireZero(p)) return Outcome.Stop;
        uint index = p.Get<uint>(Register.Rcx);
        if (p.Vmx.NonRoot && Intercepts.Rdmsr(p, op, index)) return Outcome.Stop;
        if (X2ApicVirtualization.Reads(p, index))
        {
            SplitRegisters.Set(p, X2ApicVirtualization.Read(p, index));
            return Outcome.Continue;
        }

        if (!MsrAccess.Read(p, index, out ulong value)) return p.Fault(ExceptionVector.GeneralProtection, 0);
        SplitRegisters.Set(p, value);
        return Outcome.Continue;
    }

    private static Outcome Write(Processor p, in Operation op)
    {
        if (!Privilege.RequireZero(p)) return Outcome.Stop;
        uint index = p.Get<uint>(Register.Rcx);
        if (p.Vmx.NonRoot && Intercepts.Wrmsr(p, op, index)) return Outcome.Stop;
        ulong value = SplitRegisters.Get(p);
        bool written = X2ApicVirtualization.Writes(p, index) ? X2ApicVirtualization.Write(p, index, value) : MsrAccess.Write(p, index, value);
        return written ? Outcome.Leave : p.Fault(ExceptionVector.GeneralProtection, 0);
    }
}
