using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>MOV to and from control registers, LMSW, SMSW, CLTS.</summary>
[Manual("2B", "4.3", "MOV - Move to/from Control Registers")]
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
        if (!Privilege.RequireZero(p)) return Outcome.Stop;
        ulong value = op.Source switch
        {
            0 => p.ControlRegister0,
            2 => p.ControlRegister2,
            3 => p.ControlRegister3,
            4 => p.ControlRegister4,
            _ => p.Apic.ControlRegister8,
        };
        p.Set(op.Destination, p.Is64Bit ? value : (uint)value);
        return Outcome.Continue;
    }

    private static Outcome Write(Processor p, in Operation op)
    {
        if (!Privilege.RequireZero(p)) return Outcome.Stop;
        ulong value = p.Get<ulong>(op.Source);
        if (!p.Is64Bit) value = (uint)value;
        return Write(p, op.Destination, value) ? Outcome.Leave : Outcome.Stop;
    }

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
        p.Apic.ControlRegister8 = (byte)value;
        return true;
    }

    [Manual("2A", "3.3", "CLTS - Clear Task-Switched Flag in CR0")]
    private static Outcome ClearTaskSwitched(Processor p, in Operation op)
    {
        if (!Privilege.RequireZero(p)) return Outcome.Stop;
        p.ControlRegister0 &= ~Cr0.TS;
        return Outcome.Continue;
    }

    private static Outcome LoadStatusWord(Processor p, in Operation op) => LoadStatusWord(p, p.Get<ushort>(op.Destination));

    private static Outcome LoadStatusWordFromMemory(Processor p, in Operation op)
    {
        if (!Privilege.RequireZero(p)) return Outcome.Stop;
        return p.Load(op, out ushort value) ? LoadStatusWord(p, value) : Outcome.Stop;
    }

    /// <summary>Sets MP, EM and TS; may set PE, never clears it.</summary>
    [Manual("2A", "3.3", "LMSW - Load Machine Status Word")]
    private static Outcome LoadStatusWord(Processor p, ushort value)
    {
        if (!Privilege.RequireZero(p)) return Outcome.Stop;
        ulong kept = p.ControlRegister0 & ~(MachineStatusWord & ~Cr0.PE);
        return ControlRegisterWrites.WriteCr0(p, kept | value & MachineStatusWord) ? Outcome.Leave : Outcome.Stop;
    }

    [Manual("2B", "4.3", "SMSW - Store Machine Status Word")]
    private static Outcome StoreStatusWord(Processor p, in Operation op)
    {
        if (!Privilege.AllowUserMode(p)) return Outcome.Stop;
        if (op.OperandSize == 2) p.Set(op.Destination, (ushort)p.ControlRegister0);
        else p.Set(op.Destination, p.ControlRegister0);
        return Outcome.Continue;
    }

    private static Outcome StoreStatusWordToMemory(Processor p, in Operation op) =>
        Privilege.AllowUserMode(p) && p.Store(op, (ushort)p.ControlRegister0) ? Outcome.Continue : Outcome.Stop;
}
