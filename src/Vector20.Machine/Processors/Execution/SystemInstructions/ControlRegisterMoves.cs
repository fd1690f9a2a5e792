using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>MOV to and from control registers, LMSW, SMSW, CLTS.</summary>
[Manual("2B", "4.3", "MOV—Move to/from Control Registers")]
[Manual("3A", "2.5", "Control Registers")]
internal static unsafe class ControlRegisterMoves
{
    private const ulong MachineStatusWord = Cr0.PE | Cr0.MP | Cr0.EM | Cr0.TS;

    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Mov when IsControl(i.Op0Register) => !IsDefined(i.Op0Register) || i.HasLockPrefix ? &Undefined.InvalidOpcode : &Write,
        Mnemonic.Mov when i.Op1Kind == OpKind.Register && IsControl(i.Op1Register) =>
            !IsDefined(i.Op1Register) || i.HasLockPrefix ? &Undefined.InvalidOpcode : &Read,
        Mnemonic.Clts => &ClearTaskSwitched,
        Mnemonic.Lmsw => i.Op0Kind == OpKind.Register ? &LoadStatusWord : &LoadStatusWordFromMemory,
        Mnemonic.Smsw => i.Op0Kind == OpKind.Register ? &StoreStatusWord : &StoreStatusWordToMemory,
        _ => null,
    };

    private static bool IsControl(Iced.Intel.Register register) => register is >= Iced.Intel.Register.CR0 and <= Iced.Intel.Register.CR15;

    private static bool IsDefined(Iced.Intel.Register register) =>
        register is Iced.Intel.Register.CR0 or Iced.Intel.Register.CR2 or Iced.Intel.Register.CR3 or Iced.Intel.Register.CR4 or Iced.Intel.Register.CR8;

    private static Outcome Read(Processor p, in Operation op)
    {
        if (!Privilege.RequireZero(p) || p.Vmx.NonRoot && ReadExits(p, op)) return Outcome.Stop;
        ulong value = op.Source switch
        {
            0 => Intercepts.ReadCr0(p),
            2 => p.ControlRegister2,
            3 => p.ControlRegister3,
            4 => Intercepts.ReadCr4(p),
            _ => VirtualTaskPriority.Shadowed(p) ? VirtualTaskPriority.Read(p) : p.Apic.ControlRegister8,
        };
        p.Set(op.Destination, p.Is64Bit ? value : (uint)value);
        return Outcome.Continue;
    }

    private static Outcome Write(Processor p, in Operation op)
    {
        if (!Privilege.RequireZero(p)) return Outcome.Stop;
        ulong value = p.Get<ulong>(op.Source);
        if (!p.Is64Bit) value = (uint)value;
        if (p.Vmx.NonRoot && WriteExits(p, op, ref value)) return Outcome.Stop;
        return Write(p, op.Destination, value) ? Outcome.Leave : Outcome.Stop;
    }

    private static bool ReadExits(Processor p, in Operation op) => op.Source switch
    {
        3 => Intercepts.MovFromCr3(p, op, op.Destination),
        8 => Intercepts.MovFromCr8(p, op, op.Destination),
        _ => false,
    };

    private static bool WriteExits(Processor p, in Operation op, ref ulong value) => op.Destination switch
    {
        0 => Intercepts.MovToCr0(p, op, op.Source, ref value),
        3 => Intercepts.MovToCr3(p, op, op.Source, value),
        4 => Intercepts.MovToCr4(p, op, op.Source, ref value),
        8 => Intercepts.MovToCr8(p, op, op.Source),
        _ => false,
    };

    private static bool Write(Processor p, int register, ulong value)
    {
        switch (register)
        {
            case 0: return ControlRegisterWrites.WriteCr0(p, value);
            case 3: return ControlRegisterWrites.WriteCr3(p, value);
            case 4: return ControlRegisterWrites.WriteCr4(p, value);
            case 8: return WriteTaskPriority(p, value);
            default:
                p.ControlRegister2 = value;
                return true;
        }
    }

    /// <summary>CR8 is the task-priority class, 0-15.</summary>
    [Manual("3A", "11.8.6", "Task Priority in IA-32e Mode")]
    private static bool WriteTaskPriority(Processor p, ulong value)
    {
        if (value > 15) return p.Refuse(ExceptionVector.GeneralProtection, 0);
        if (VirtualTaskPriority.Shadowed(p)) VirtualTaskPriority.Write(p, (byte)value);
        else p.Apic.ControlRegister8 = (byte)value;
        return true;
    }

    [Manual("2A", "3.3", "CLTS—Clear Task-Switched Flag in CR0")]
    private static Outcome ClearTaskSwitched(Processor p, in Operation op)
    {
        if (!Privilege.RequireZero(p)) return Outcome.Stop;
        bool keep = false;
        if (p.Vmx.NonRoot && Intercepts.Clts(p, op, out keep)) return Outcome.Stop;
        if (!keep) p.ControlRegister0 &= ~Cr0.TS;
        return Outcome.Continue;
    }

    private static Outcome LoadStatusWord(Processor p, in Operation op) => LoadStatusWord(p, op, p.Get<ushort>(op.Destination), null);

    private static Outcome LoadStatusWordFromMemory(Processor p, in Operation op)
    {
        if (!Privilege.RequireZero(p)) return Outcome.Stop;
        return p.Load(op, out ushort value) ? LoadStatusWord(p, op, value, p.Linear(op.Segment, p.EffectiveAddress(op))) : Outcome.Stop;
    }

    /// <summary>Sets MP, EM and TS; may set PE, never clears it.</summary>
    [Manual("2A", "3.3", "LMSW—Load Machine Status Word")]
    private static Outcome LoadStatusWord(Processor p, in Operation op, ushort value, ulong? linear)
    {
        if (!Privilege.RequireZero(p) || p.Vmx.NonRoot && Intercepts.Lmsw(p, op, ref value, linear)) return Outcome.Stop;
        ulong kept = p.ControlRegister0 & ~(MachineStatusWord & ~Cr0.PE);
        return ControlRegisterWrites.WriteCr0(p, kept | value & MachineStatusWord) ? Outcome.Leave : Outcome.Stop;
    }

    [Manual("2B", "4.3", "SMSW—Store Machine Status Word")]
    private static Outcome StoreStatusWord(Processor p, in Operation op)
    {
        if (!Privilege.AllowUserMode(p)) return Outcome.Stop;
        if (op.OperandSize == 2) p.Set(op.Destination, (ushort)Intercepts.ReadCr0(p));
        else if (op.OperandSize == 4) p.Set(op.Destination, (uint)Intercepts.ReadCr0(p));
        else p.Set(op.Destination, Intercepts.ReadCr0(p));
        return Outcome.Continue;
    }

    private static Outcome StoreStatusWordToMemory(Processor p, in Operation op) =>
        Privilege.AllowUserMode(p) && p.Store(op, (ushort)Intercepts.ReadCr0(p)) ? Outcome.Continue : Outcome.Stop;
}
