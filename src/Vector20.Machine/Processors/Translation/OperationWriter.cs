using System.Reflection.Emit;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Translation;

/// <summary>One operation as IL, by its kind; moves and conversions are here, arithmetic and branches in files of their own.</summary>
internal static class OperationWriter
{
    /// <summary>Writes the current operation of a region.</summary>
    public static void Write(RegionWriter r)
    {
        switch (r.Plan.Kind)
        {
            case OperationKind.Nothing: return;
            case OperationKind.Move: Move(r); return;
            case OperationKind.LoadAddress: LoadAddress(r); return;
            case OperationKind.Extend: Extend(r); return;
            case OperationKind.Widen: Widen(r); return;
            case OperationKind.Spread: Spread(r); return;
            case OperationKind.Binary: ArithmeticWriter.Binary(r); return;
            case OperationKind.Unary: ArithmeticWriter.Unary(r); return;
            case OperationKind.Shift: ShiftWriter.Shift(r); return;
            case OperationKind.Rotate: ShiftWriter.Rotate(r); return;
            case OperationKind.ShiftWithoutFlags: BitWriter.ShiftWithoutFlags(r); return;
            case OperationKind.ZeroHigh: BitWriter.ZeroHigh(r); return;
            case OperationKind.Multiply: BitWriter.Multiply(r); return;
            case OperationKind.BitTest: BitWriter.BitTest(r); return;
            case OperationKind.SetIf: SetIf(r); return;
            case OperationKind.MoveIf: MoveIf(r); return;
            case OperationKind.Push: TransferWriter.Push(r); return;
            case OperationKind.Pop: TransferWriter.Pop(r); return;
            case OperationKind.ConditionalJump: TransferWriter.ConditionalJump(r, r.Code.NewLabel(), r.Code.NewLabel()); return;
            case OperationKind.Jump: r.BranchTo(r.Plan.Operation.Immediate); return;
            case OperationKind.Call: TransferWriter.Call(r); return;
            case OperationKind.Return: TransferWriter.Return(r); return;
            default: r.Step(); return;
        }
    }

    /// <summary>An operand that is read, sign-extended from its width, in a local. Memory that the software TLB does not hold is the first tier's.</summary>
    public static LocalBuilder Read(RegionWriter r, int operand, int width, bool signed = true)
    {
        CodeWriter w = r.Code;
        ref readonly PlannedOperation plan = ref r.Plan;
        LocalBuilder value = w.NewLocal(width);
        switch (operand == 0 ? plan.Instruction.Op0Kind : operand == 1 ? plan.Instruction.Op1Kind : plan.Instruction.Op2Kind)
        {
            case OpKind.Register:
                w.LoadRegister(operand == 0 ? plan.Operation.Destination : plan.Operation.Source, width);
                break;
            case OpKind.Memory:
                LocalBuilder place = MemoryWriter.Operand(w, plan.Operation, r.Distance, width, write: false, r.Missed);
                w.Get(place);
                w.LoadIndirect(width);
                break;
            default:
                w.Constant(plan.Operation.Immediate, width);
                break;
        }

        if (!signed) w.Emit(width switch { 1 => OpCodes.Conv_U1, 2 => OpCodes.Conv_U2, _ => OpCodes.Nop });
        w.Set(value);
        return value;
    }

    private static void Move(RegionWriter r)
    {
        CodeWriter w = r.Code;
        int width = r.Plan.Width;
        if (r.Plan.Instruction.Op0Kind == OpKind.Register)
        {
            w.StoreRegister(r.Plan.Operation.Destination, width, Read(r, 1, width));
            return;
        }

        LocalBuilder value = Read(r, 1, width);
        LocalBuilder place = MemoryWriter.Operand(w, r.Plan.Operation, r.Distance, width, write: true, r.Missed);
        w.Get(place);
        w.Get(value);
        w.StoreIndirect(width);
    }

    private static void LoadAddress(RegionWriter r)
    {
        CodeWriter w = r.Code;
        LocalBuilder address = w.NewLocal(r.Plan.Width);
        MemoryWriter.EffectiveAddress(w, r.Plan.Operation, r.Distance);
        if (r.Plan.Width == 4) w.Emit(OpCodes.Conv_I4);
        w.Set(address);
        w.StoreRegister(r.Plan.Operation.Destination, r.Plan.Width, address);
    }

    private static void Extend(RegionWriter r)
    {
        CodeWriter w = r.Code;
        ref readonly PlannedOperation plan = ref r.Plan;
        int from = plan.Instruction.Op1Kind == OpKind.Register ? plan.Instruction.Op1Register.GetSize() : plan.Instruction.MemorySize.GetSize();
        bool signed = plan.Instruction.Mnemonic != Mnemonic.Movzx;
        LocalBuilder value = Read(r, 1, from, signed), extended = w.NewLocal(plan.Width);
        w.Get(value);
        if (plan.Width == 8) w.Emit(signed ? OpCodes.Conv_I8 : OpCodes.Conv_U8);
        w.Set(extended);
        w.StoreRegister(plan.Operation.Destination, plan.Width, extended);
    }

    private static void Widen(RegionWriter r)
    {
        CodeWriter w = r.Code;
        int width = r.Plan.Width;
        LocalBuilder value = w.NewLocal(width);
        w.LoadRegister(Register.Rax, width / 2);
        if (width == 8) w.Emit(OpCodes.Conv_I8);
        w.Set(value);
        w.StoreRegister(Register.Rax, width, value);
    }

    private static void Spread(RegionWriter r)
    {
        CodeWriter w = r.Code;
        int width = r.Plan.Width;
        LocalBuilder value = w.NewLocal(width);
        w.LoadRegister(Register.Rax, width);
        w.Constant(8 * width - 1);
        w.Emit(OpCodes.Shr);
        w.Set(value);
        w.StoreRegister(Register.Rdx, width, value);
    }

    private static void SetIf(RegionWriter r)
    {
        CodeWriter w = r.Code;
        LocalBuilder value = w.NewLocal(1);
        var holds = w.NewLabel();
        w.Constant(1);
        w.Set(value);
        ConditionWriter.Branch(w, r.Plan.Condition, holds);
        w.Constant(0);
        w.Set(value);
        w.Mark(holds);
        w.StoreRegister(r.Plan.Operation.Destination, 1, value);
    }

    /// <summary>Memory is read, and the upper half cleared, even if the condition does not hold.</summary>
    private static void MoveIf(RegionWriter r)
    {
        CodeWriter w = r.Code;
        LocalBuilder value = Read(r, 1, r.Plan.Width);
        var holds = w.NewLabel();
        ConditionWriter.Branch(w, r.Plan.Condition, holds);
        w.LoadRegister(r.Plan.Operation.Destination, r.Plan.Width);
        w.Set(value);
        w.Mark(holds);
        w.StoreRegister(r.Plan.Operation.Destination, r.Plan.Width, value);
    }
}
