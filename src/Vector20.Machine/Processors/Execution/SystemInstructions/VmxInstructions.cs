using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>VMX instructions, GETSEC and RSM: VM exits in non-root operation; #UD outside VMX operation, SMX and SMM.</summary>
[Manual("3C", "31.3", "VMX Instructions")]
internal static unsafe class VmxInstructions
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Vmcall => &Vmcall,
        Mnemonic.Vmlaunch => &Vmlaunch,
        Mnemonic.Vmresume => &Vmresume,
        Mnemonic.Vmxoff => &Vmxoff,
        Mnemonic.Vmclear => &Vmclear,
        Mnemonic.Vmptrld => &Vmptrld,
        Mnemonic.Vmptrst => &Vmptrst,
        Mnemonic.Vmxon => &Vmxon,
        Mnemonic.Vmread => &Vmread,
        Mnemonic.Vmwrite => &Vmwrite,
        Mnemonic.Invept => &Invept,
        Mnemonic.Invvpid => &Invvpid,
        Mnemonic.Vmfunc => &VmFunctions.Execute,
        Mnemonic.Getsec => &Getsec,
        Mnemonic.Rsm => &Rsm,
        _ => null,
    };

    /// <summary>VMCALL alone exits in every mode.</summary>
    [Manual("3C", "31.3", "VMCALL—Call to VM Monitor")]
    private static Outcome Vmcall(Processor p, in Operation op) => p.Vmx.NonRoot && Intercepts.Vmx(p, op, ExitReason.Vmcall) ? Outcome.Stop : Absent(p);

    private static Outcome Vmlaunch(Processor p, in Operation op) => Exits(p) && Intercepts.Vmx(p, op, ExitReason.Vmlaunch) ? Outcome.Stop : Absent(p);

    private static Outcome Vmresume(Processor p, in Operation op) => Exits(p) && Intercepts.Vmx(p, op, ExitReason.Vmresume) ? Outcome.Stop : Absent(p);

    private static Outcome Vmxoff(Processor p, in Operation op) => Exits(p) && Intercepts.Vmx(p, op, ExitReason.Vmxoff) ? Outcome.Stop : Absent(p);

    private static Outcome Vmclear(Processor p, in Operation op) => Exits(p) && Intercepts.VmxWithMemory(p, op, ExitReason.Vmclear) ? Outcome.Stop : Absent(p);

    private static Outcome Vmptrld(Processor p, in Operation op) => Exits(p) && Intercepts.VmxWithMemory(p, op, ExitReason.Vmptrld) ? Outcome.Stop : Absent(p);

    private static Outcome Vmptrst(Processor p, in Operation op) => Exits(p) && Intercepts.VmxWithMemory(p, op, ExitReason.Vmptrst) ? Outcome.Stop : Absent(p);

    private static Outcome Vmread(Processor p, in Operation op) => Exits(p) && Intercepts.VmcsAccess(p, op, read: true) ? Outcome.Stop : Absent(p);

    private static Outcome Vmwrite(Processor p, in Operation op) => Exits(p) && Intercepts.VmcsAccess(p, op, read: false) ? Outcome.Stop : Absent(p);

    private static Outcome Invept(Processor p, in Operation op) => Exits(p) && Intercepts.Invalidate(p, op, ExitReason.Invept) ? Outcome.Stop : Absent(p);

    private static Outcome Invvpid(Processor p, in Operation op) => Exits(p) && Intercepts.Invalidate(p, op, ExitReason.Invvpid) ? Outcome.Stop : Absent(p);

    /// <summary>CR4.SMXE cannot be set, so GETSEC is #UD; that comes before the exit.</summary>
    [Manual("2D", "7.3", "GETSEC Leaf Functions")]
    private static Outcome Getsec(Processor p, in Operation op) => Absent(p);

    /// <summary>There is no SMM to return from. In non-root operation #UD outside SMM is an exit instead.</summary>
    [Manual("2B", "4.3", "RSM—Resume From System Management Mode")]
    private static Outcome Rsm(Processor p, in Operation op) => p.Vmx.NonRoot && Intercepts.Rsm(p, op) ? Outcome.Stop : Absent(p);

    /// <summary>VMXON is the one that enters VMX operation, if CR4.VMXE allows.</summary>
    [Manual("3C", "24.7", "Enabling and Entering VMX Operation")]
    private static Outcome Vmxon(Processor p, in Operation op)
    {
        if (Exits(p) && Intercepts.VmxWithMemory(p, op, ExitReason.Vmxon)) return Outcome.Stop;
        bool possible = (p.ControlRegister4 & Cr4.VMXE) != 0 && IsModeAllowed(p);
        if (!possible) return Absent(p);
        return Privilege.RequireZero(p) ? p.Unsupported($"VMX root operation by {CurrentInstruction.Describe(p)}") : Outcome.Stop;
    }

    /// <summary>In real-address, virtual-8086 and compatibility mode these are #UD, which comes before the exit.</summary>
    private static bool Exits(Processor p) => p.Vmx.NonRoot && IsModeAllowed(p);

    private static bool IsModeAllowed(Processor p) => p.Protected && !p.Virtual8086 && (!p.LongMode || p.Is64Bit);

    private static Outcome Absent(Processor p) => p.Fault(ExceptionVector.InvalidOpcode);
}
