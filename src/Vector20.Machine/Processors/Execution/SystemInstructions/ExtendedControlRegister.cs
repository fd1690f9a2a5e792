using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Execution.StateSaving;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>XGETBV and XSETBV.</summary>
[Manual("3A", "2.6", "Extended Control Registers (Including XCR0)")]
internal static unsafe class ExtendedControlRegister
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Xgetbv => &Read,
        Mnemonic.Xsetbv => &Write,
        _ => null,
    };

    [Manual("2D", "6.1", "XGETBV—Get Value of Extended Control Register")]
    private static Outcome Read(Processor p, in Operation op)
    {
        if ((p.ControlRegister4 & Cr4.OSXSAVE) == 0) return p.Fault(ExceptionVector.InvalidOpcode);
        uint index = p.Get<uint>(Register.Rcx);
        if (index > 1 || index == 1 && !p.Model.Has(CpuFeature.Xgetbv1)) return p.Fault(ExceptionVector.GeneralProtection, 0);
        SplitRegisters.Set(p, index == 0 ? p.Xcr0 : p.Xcr0 & ComponentsInUse.Of(p));
        return Outcome.Continue;
    }

    [Manual("2D", "6.1", "XSETBV—Set Extended Control Register")]
    private static Outcome Write(Processor p, in Operation op)
    {
        if ((p.ControlRegister4 & Cr4.OSXSAVE) == 0) return p.Fault(ExceptionVector.InvalidOpcode);
        if (!Privilege.RequireZero(p)) return Outcome.Stop;
        if (p.Vmx.NonRoot && Intercepts.Xsetbv(p, op)) return Outcome.Stop;
        ulong value = SplitRegisters.Get(p);
        bool valid = p.Get<uint>(Register.Rcx) == 0 && ExtendedState.MayEnable(p.Model, value);
        if (!valid) return p.Fault(ExceptionVector.GeneralProtection, 0);
        p.SetXcr0(value);
        return Outcome.Leave;
    }
}
