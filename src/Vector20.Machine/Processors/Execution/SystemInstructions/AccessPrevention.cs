using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>STAC and CLAC; RDPKRU and WRPKRU.</summary>
[Manual("3A", "4.6", "Access Rights")]
internal static unsafe class AccessPrevention
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Stac => &SetOverride,
        Mnemonic.Clac => &ClearOverride,
        Mnemonic.Rdpkru => &ReadKeyRights,
        Mnemonic.Wrpkru => &WriteKeyRights,
        _ => null,
    };

    [Manual("2B", "4.3", "STAC—Set AC Flag in EFLAGS Register")]
    private static Outcome SetOverride(Processor p, in Operation op) => ChangeOverride(p, p.SystemFlags | Eflags.AC);

    [Manual("2A", "3.3", "CLAC—Clear AC Flag in EFLAGS Register")]
    private static Outcome ClearOverride(Processor p, in Operation op) => ChangeOverride(p, p.SystemFlags & ~Eflags.AC);

    private static Outcome ChangeOverride(Processor p, uint flags)
    {
        if (p.Cpl != 0 || (p.ControlRegister4 & Cr4.SMAP) == 0) return p.Fault(ExceptionVector.InvalidOpcode);
        p.SystemFlags = flags;
        p.ContextChanged();
        return Outcome.Leave;
    }

    [Manual("2B", "4.3", "RDPKRU—Read Protection Key Rights for User Pages")]
    private static Outcome ReadKeyRights(Processor p, in Operation op)
    {
        if ((p.ControlRegister4 & Cr4.PKE) == 0) return p.Fault(ExceptionVector.InvalidOpcode);
        if (p.Get<uint>(Register.Rcx) != 0) return p.Fault(ExceptionVector.GeneralProtection, 0);
        SplitRegisters.Set(p, p.Pkru);
        return Outcome.Continue;
    }

    [Manual("2D", "6.1", "WRPKRU—Write Data to User Page Key Register")]
    private static Outcome WriteKeyRights(Processor p, in Operation op)
    {
        if ((p.ControlRegister4 & Cr4.PKE) == 0) return p.Fault(ExceptionVector.InvalidOpcode);
        if ((p.Get<uint>(Register.Rcx) | p.Get<uint>(Register.Rdx)) != 0) return p.Fault(ExceptionVector.GeneralProtection, 0);
        p.Pkru = p.Get<uint>(Register.Rax);
        p.FlushTlb();
        return Outcome.Leave;
    }
}
