using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>
/// VMX instructions, GETSEC and RSM. #UD outside VMX operation, SMX and SMM; VM exits in non-root operation; what they do in root operation is
/// in Vmx/Root. The order is that of each instruction's description: #UD, then the exit, then CPL.
/// </summary>
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

    /// <summary>VMCALL alone exits in every mode. In root operation there is no SMM-transfer monitor to call.</summary>
    [Manual("3C", "31.3", "VMCALL—Call to VM Monitor")]
    private static Outcome Vmcall(Processor p, in Operation op) =>
        p.Vmx.NonRoot && Intercepts.Vmx(p, op, ExitReason.Vmcall) || !MayGoOn(p) ? Outcome.Stop : VmxResult.Fail(p, VmInstructionError.VmcallInVmxRoot);

    private static Outcome Vmlaunch(Processor p, in Operation op) =>
        Exits(p) && Intercepts.Vmx(p, op, ExitReason.Vmlaunch) || !MayGoOn(p) ? Outcome.Stop : GuestLaunch.Execute(p, launch: true);

    private static Outcome Vmresume(Processor p, in Operation op) =>
        Exits(p) && Intercepts.Vmx(p, op, ExitReason.Vmresume) || !MayGoOn(p) ? Outcome.Stop : GuestLaunch.Execute(p, launch: false);

    private static Outcome Vmxoff(Processor p, in Operation op) =>
        Exits(p) && Intercepts.Vmx(p, op, ExitReason.Vmxoff) || !MayGoOn(p) ? Outcome.Stop : VmxOperation.Leave(p);

    private static Outcome Vmclear(Processor p, in Operation op) =>
        Exits(p) && Intercepts.VmxWithMemory(p, op, ExitReason.Vmclear) || !MayGoOn(p) ? Outcome.Stop : VmcsPointers.Clear(p, op);

    private static Outcome Vmptrld(Processor p, in Operation op) =>
        Exits(p) && Intercepts.VmxWithMemory(p, op, ExitReason.Vmptrld) || !MayGoOn(p) ? Outcome.Stop : VmcsPointers.Load(p, op);

    private static Outcome Vmptrst(Processor p, in Operation op) =>
        Exits(p) && Intercepts.VmxWithMemory(p, op, ExitReason.Vmptrst) || !MayGoOn(p) ? Outcome.Stop : VmcsPointers.Store(p, op);

    private static Outcome Vmread(Processor p, in Operation op) =>
        Exits(p) && Intercepts.VmcsAccess(p, op, read: true) || !MayGoOn(p) ? Outcome.Stop : VmcsAccess.Read(p, op);

    private static Outcome Vmwrite(Processor p, in Operation op) =>
        Exits(p) && Intercepts.VmcsAccess(p, op, read: false) || !MayGoOn(p) ? Outcome.Stop : VmcsAccess.Write(p, op);

    private static Outcome Invept(Processor p, in Operation op) =>
        Exits(p) && Intercepts.Invalidate(p, op, ExitReason.Invept) || !MayGoOn(p) ? Outcome.Stop : CachedMappings.Invept(p, op);

    private static Outcome Invvpid(Processor p, in Operation op) =>
        Exits(p) && Intercepts.Invalidate(p, op, ExitReason.Invvpid) || !MayGoOn(p) ? Outcome.Stop : CachedMappings.Invvpid(p, op);

    /// <summary>CR4.SMXE cannot be set, so GETSEC is #UD; that comes before the exit.</summary>
    [Manual("2D", "7.3", "GETSEC Leaf Functions")]
    private static Outcome Getsec(Processor p, in Operation op) => Absent(p);

    /// <summary>There is no SMM to return from. In non-root operation #UD outside SMM is an exit instead.</summary>
    [Manual("2B", "4.3", "RSM—Resume From System Management Mode")]
    private static Outcome Rsm(Processor p, in Operation op) => p.Vmx.NonRoot && Intercepts.Rsm(p, op) ? Outcome.Stop : Absent(p);

    /// <summary>VMXON enters VMX operation, if CR4.VMXE allows. In root operation it fails.</summary>
    [Manual("3C", "24.7", "Enabling and Entering VMX Operation")]
    private static Outcome Vmxon(Processor p, in Operation op)
    {
        if (Exits(p) && Intercepts.VmxWithMemory(p, op, ExitReason.Vmxon)) return Outcome.Stop;
        if ((p.ControlRegister4 & Cr4.VMXE) == 0 || !IsModeAllowed(p)) return Absent(p);
        if (!Privilege.RequireZero(p)) return Outcome.Stop;
        return p.Vmx.On ? VmxResult.Fail(p, VmInstructionError.VmxonInVmxRoot) : VmxOperation.Enter(p, op);
    }

    /// <summary>In real-address, virtual-8086 and compatibility mode these are #UD, which comes before the exit.</summary>
    private static bool Exits(Processor p) => p.Vmx.NonRoot && IsModeAllowed(p);

    /// <summary>Whether an instruction that did not exit may go on: in VMX operation, in a mode that has it, at CPL 0. Else a fault is raised.</summary>
    private static bool MayGoOn(Processor p)
    {
        if (p.Vmx.InOperation && IsModeAllowed(p)) return Privilege.RequireZero(p);
        Absent(p);
        return false;
    }

    private static bool IsModeAllowed(Processor p) => p.Protected && !p.Virtual8086 && (!p.LongMode || p.Is64Bit);

    private static Outcome Absent(Processor p) => p.Fault(ExceptionVector.InvalidOpcode);
}
