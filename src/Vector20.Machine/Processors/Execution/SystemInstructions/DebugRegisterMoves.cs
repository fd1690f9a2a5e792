using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>MOV to and from debug registers.</summary>
[Manual("2B", "4.3", "MOV—Move to/from Debug Registers")]
[Manual("3B", "18.2", "Debug Registers")]
internal static unsafe class DebugRegisterMoves
{
    private const int Status = 6, Control = 7;
    private const ulong StatusWritable = Dr6.BreakpointMask | Dr6.BD | Dr6.BS | Dr6.BT;
    private const ulong ControlWritable = 0xFFFF_23FF;

    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i)
    {
        if (i.Mnemonic != Mnemonic.Mov) return null;
        if (IsDebug(i.Op0Register)) return i.Op0Register > Iced.Intel.Register.DR7 ? &Undefined.InvalidOpcode : &Write;
        if (i.Op1Kind != OpKind.Register || !IsDebug(i.Op1Register)) return null;
        return i.Op1Register > Iced.Intel.Register.DR7 ? &Undefined.InvalidOpcode : &Read;
    }

    private static bool IsDebug(Iced.Intel.Register register) => register is >= Iced.Intel.Register.DR0 and <= Iced.Intel.Register.DR15;

    private static Outcome Read(Processor p, in Operation op)
    {
        if (!Check(p, op, op.Source, true, op.Destination, out int register)) return Outcome.Stop;
        ulong value = register switch { Status => p.DebugStatus, Control => p.DebugControl, _ => p.DebugAddresses[register] };
        p.Set(op.Destination, p.Is64Bit ? value : (uint)value);
        return Outcome.Continue;
    }

    private static Outcome Write(Processor p, in Operation op)
    {
        if (!Check(p, op, op.Destination, false, op.Source, out int register)) return Outcome.Stop;
        ulong value = p.Get<ulong>(op.Source);
        if (!p.Is64Bit) value = (uint)value;
        if (register >= Status && value > uint.MaxValue) return p.Fault(ExceptionVector.GeneralProtection, 0);
        if (register == Status) p.DebugStatus = value & StatusWritable | Dr6.Initial;
        else if (register == Control) p.DebugControl = value & ControlWritable | Dr7.Initial;
        else p.DebugAddresses[register] = value;
        p.FlushTlb();
        return Outcome.Leave;
    }

    /// <summary>
    /// DR4 and DR5 are DR6 and DR7 by other names, unless CR4.DE is 1 (#UD). While DR7.GD is 1 every access is #DB with BD.
    /// </summary>
    [Manual("3B", "18.2.2", "Debug Registers DR4 and DR5")]
    [Manual("3B", "18.2.4", "Debug Control Register (DR7)")]
    private static bool Check(Processor p, in Operation op, int named, bool read, byte general, out int register)
    {
        bool alias = named is 4 or 5;
        register = alias ? named + 2 : named;
        if (!Privilege.RequireZero(p)) return false;
        if (p.Vmx.NonRoot && Intercepts.MovDr(p, op, named, read, general)) return false;
        if (alias && (p.ControlRegister4 & Cr4.DE) != 0) p.Fault(ExceptionVector.InvalidOpcode);
        else if ((p.DebugControl & Dr7.GD) != 0) p.Raise(Event.Exception(ExceptionVector.Debug) with { Payload = Dr6.BD });
        else return true;
        return false;
    }
}
