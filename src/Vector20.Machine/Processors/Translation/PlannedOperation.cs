using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Models;

namespace Vector20.Machine.Processors.Translation;

/// <summary>How an operation is translated.</summary>
internal enum OperationKind : byte
{
    /// <summary>Not: the first tier executes it.</summary>
    Step,

    /// <summary>It does nothing: NOP, ENDBR64.</summary>
    Nothing,

    /// <summary>MOV.</summary>
    Move,

    /// <summary>LEA.</summary>
    LoadAddress,

    /// <summary>MOVZX, MOVSX, MOVSXD.</summary>
    Extend,

    /// <summary>CDQE, CWDE.</summary>
    Widen,

    /// <summary>CQO, CDQ.</summary>
    Spread,

    /// <summary>ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST.</summary>
    Binary,

    /// <summary>INC, DEC, NOT, NEG.</summary>
    Unary,

    /// <summary>SHL, SHR, SAR by an immediate.</summary>
    Shift,

    /// <summary>ROL, ROR by an immediate.</summary>
    Rotate,

    /// <summary>SHLX, SHRX, SARX.</summary>
    ShiftWithoutFlags,

    /// <summary>BZHI.</summary>
    ZeroHigh,

    /// <summary>IMUL with two or three operands.</summary>
    Multiply,

    /// <summary>BT of a register by an immediate.</summary>
    BitTest,

    /// <summary>SETcc of a register.</summary>
    SetIf,

    /// <summary>CMOVcc.</summary>
    MoveIf,

    /// <summary>PUSH of a register or an immediate.</summary>
    Push,

    /// <summary>POP of a register.</summary>
    Pop,

    /// <summary>Jcc.</summary>
    ConditionalJump,

    /// <summary>Relative JMP.</summary>
    Jump,

    /// <summary>Relative CALL.</summary>
    Call,

    /// <summary>RET.</summary>
    Return,
}

/// <summary>An operation, the instruction it was decoded from, and how it is translated.</summary>
internal readonly record struct PlannedOperation(Instruction Instruction, Operation Operation, OperationKind Kind, int Width)
{
    /// <summary>Whether nothing reads the status flags that it sets: what follows sets them all before it can leave the block.</summary>
    public bool FlagsAreDead { get; init; }

    /// <summary>Whether it has a memory operand that it reads or writes.</summary>
    public bool HasMemory => Kind is not (OperationKind.LoadAddress or OperationKind.Nothing) && Instruction.OpCount > 0 && (Instruction.Op0Kind == OpKind.Memory || Instruction.OpCount > 1 && Instruction.Op1Kind == OpKind.Memory);

    /// <summary>Whether the first tier may have to execute it, and so leave the block in its midst.</summary>
    public bool MayStep => HasMemory || Kind is OperationKind.Step or OperationKind.Push or OperationKind.Pop or OperationKind.Call or OperationKind.Return;

    /// <summary>The condition of Jcc, SETcc and CMOVcc, as encoded: 0-15.</summary>
    public int Condition => (int)Instruction.ConditionCode - 1;

    /// <summary>Plans an operation. One of a feature that the CPU model lacks is the first tier's: it is #UD (SDM 3A 6.15, Interrupt 6—Invalid Opcode Exception).</summary>
    public static PlannedOperation Of(CpuModel model, in Instruction i, in Operation op)
    {
        OperationKind kind = model.Has(i) ? KindOf(i, op) : OperationKind.Step;
        int width = kind switch
        {
            OperationKind.Step or OperationKind.Nothing or OperationKind.ConditionalJump or OperationKind.Jump => 0,
            OperationKind.Push or OperationKind.Pop or OperationKind.Call or OperationKind.Return => 8,
            OperationKind.Widen or OperationKind.Spread => i.Mnemonic is Mnemonic.Cdqe or Mnemonic.Cqo ? 8 : 4,
            _ => i.Op0Kind == OpKind.Register ? i.Op0Register.GetSize() : i.MemorySize.GetSize(),
        };
        return new PlannedOperation(i, op, kind, width);
    }

    private static OperationKind KindOf(in Instruction i, in Operation op)
    {
        if (i.IsInvalid || i.HasLockPrefix || !PlainOperands(i, op)) return OperationKind.Step;
        if (i.Code.IsJccShortOrNear()) return i.ConditionCode is ConditionCode.p or ConditionCode.np || op.HasWordOperands ? OperationKind.Step : OperationKind.ConditionalJump;
        return i.Code switch
        {
            Code.Jmp_rel8_64 or Code.Jmp_rel32_64 => OperationKind.Jump,
            Code.Call_rel32_64 => OperationKind.Call,
            Code.Retnq or Code.Retnq_imm16 => OperationKind.Return,
            Code.Push_r64 or Code.Pushq_imm8 or Code.Pushq_imm32 => OperationKind.Push,
            Code.Pop_r64 => OperationKind.Pop,
            Code.Bt_rm32_imm8 or Code.Bt_rm64_imm8 when i.Op0Kind == OpKind.Register => OperationKind.BitTest,
            Code.Nopw or Code.Nopd or Code.Nopq or Code.Nop_rm16 or Code.Nop_rm32 or Code.Nop_rm64 or Code.Endbr64 => OperationKind.Nothing,
            _ => ByMnemonic(i),
        };
    }

    private static OperationKind ByMnemonic(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Mov => OperationKind.Move,
        Mnemonic.Lea when i.Op0Register.GetSize() >= 4 => OperationKind.LoadAddress,
        Mnemonic.Movzx or Mnemonic.Movsx or Mnemonic.Movsxd when i.Op0Register.GetSize() >= 4 => OperationKind.Extend,
        Mnemonic.Cdqe or Mnemonic.Cwde => OperationKind.Widen,
        Mnemonic.Cqo or Mnemonic.Cdq => OperationKind.Spread,
        Mnemonic.Add or Mnemonic.Or or Mnemonic.Adc or Mnemonic.Sbb or Mnemonic.And or Mnemonic.Sub or Mnemonic.Xor or Mnemonic.Cmp or Mnemonic.Test => OperationKind.Binary,
        Mnemonic.Inc or Mnemonic.Dec or Mnemonic.Not or Mnemonic.Neg => OperationKind.Unary,
        Mnemonic.Shl or Mnemonic.Shr or Mnemonic.Sar when ShiftsByConstant(i) => OperationKind.Shift,
        Mnemonic.Rol or Mnemonic.Ror when ShiftsByConstant(i) => OperationKind.Rotate,
        Mnemonic.Shlx or Mnemonic.Shrx or Mnemonic.Sarx => OperationKind.ShiftWithoutFlags,
        Mnemonic.Bzhi => OperationKind.ZeroHigh,
        Mnemonic.Imul when i.OpCount > 1 && i.Op0Register.GetSize() >= 4 => OperationKind.Multiply,
        >= Mnemonic.Seta and <= Mnemonic.Sets when HasCheapCondition(i) && i.Op0Kind == OpKind.Register => OperationKind.SetIf,
        >= Mnemonic.Cmova and <= Mnemonic.Cmovs when HasCheapCondition(i) && i.Op0Register.GetSize() >= 4 => OperationKind.MoveIf,
        _ => OperationKind.Step,
    };

    /// <summary>PF is computed from all bits of a byte.</summary>
    private static bool HasCheapCondition(in Instruction i) => i.ConditionCode is not (ConditionCode.None or ConditionCode.p or ConditionCode.np);

    private static bool ShiftsByConstant(in Instruction i)
    {
        int size = i.Op0Kind == OpKind.Register ? i.Op0Register.GetSize() : i.MemorySize.GetSize();
        return size >= 4 && i.Op1Kind == OpKind.Immediate8 && (i.Immediate8 & (size == 8 ? 63 : 31)) != 0;
    }

    /// <summary>General registers, immediates, and memory at 64-bit addresses.</summary>
    private static bool PlainOperands(in Instruction i, in Operation op)
    {
        for (int operand = 0; operand < i.OpCount; operand++)
        {
            OpKind kind = i.GetOpKind(operand);
            if (kind == OpKind.Register && !i.GetOpRegister(operand).IsGPR()) return false;
            if (kind >= OpKind.MemorySegSI && kind != OpKind.Memory) return false;
            if (kind == OpKind.Memory && (op.Flags & OperationFlags.AddressNeedsCare) != 0) return false;
        }

        return true;
    }
}
