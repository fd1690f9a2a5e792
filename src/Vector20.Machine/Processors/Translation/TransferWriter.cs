using System.Reflection.Emit;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Translation;

/// <summary>Near branches, calls and returns.</summary>
internal static class TransferWriter
{
    /// <summary>Jcc, with labels at its two ways on.</summary>
    public static void ConditionalJump(RegionWriter r, Label taken, Label notTaken)
    {
        ConditionWriter.Branch(r.Code, r.Plan.Condition, taken, r.Compared);
        r.Code.Mark(notTaken);
        r.GoTo(r.Block.ByteLength);
        r.Code.Mark(taken);
        r.BranchTo(r.Plan.Operation.Immediate);
    }

    /// <summary>CALL. The target is checked first, then the stack.</summary>
    public static void Call(RegionWriter r)
    {
        CodeWriter w = r.Code;
        long distance = r.Plan.Operation.Immediate;
        LocalBuilder target = w.NewLocal(8);
        w.RipAt(r.Distance + distance);
        w.Set(target);
        r.CheckTarget(target);
        Push(r, () => w.RipAt(r.Distance + r.Block.ByteLength));
        r.GoTo(distance);
    }

    /// <summary>RET and RET n.</summary>
    public static void Return(RegionWriter r)
    {
        LocalBuilder target = Peek(r, out LocalBuilder top);
        r.CheckTarget(target);
        Release(r.Code, top, 8 + r.Plan.Operation.Immediate);
        r.GoTo(target);
    }

    /// <summary>PUSH of a register or an immediate.</summary>
    public static void Push(RegionWriter r)
    {
        CodeWriter w = r.Code;
        Operation op = r.Plan.Operation;
        if (r.Plan.Instruction.Op0Kind == Iced.Intel.OpKind.Register) Push(r, () => w.LoadRegister(op.Destination, 8));
        else Push(r, () => w.Constant(op.Immediate));
    }

    /// <summary>POP of a register: the stack pointer moves before it is written, should it be the register.</summary>
    public static void Pop(RegionWriter r)
    {
        LocalBuilder value = Peek(r, out LocalBuilder top);
        Release(r.Code, top, 8);
        r.Code.StoreRegister(r.Plan.Operation.Destination, 8, value);
    }

    /// <summary>Writes a quadword below the stack's top, and moves RSP.</summary>
    private static void Push(RegionWriter r, Action value)
    {
        CodeWriter w = r.Code;
        LocalBuilder top = w.NewLocal(8);
        w.LoadRegister(Register.Rsp, 8);
        w.Constant(-8L);
        w.Emit(OpCodes.Add);
        w.Set(top);
        LocalBuilder place = MemoryWriter.Place(w, top, 8, write: true, r.Missed);
        w.Get(place);
        value();
        w.StoreIndirect(8);
        w.StoreRegister(Register.Rsp, 8, top);
    }

    /// <summary>The quadword on the stack's top, and where that is.</summary>
    private static LocalBuilder Peek(RegionWriter r, out LocalBuilder top)
    {
        CodeWriter w = r.Code;
        top = w.NewLocal(8);
        w.LoadRegister(Register.Rsp, 8);
        w.Set(top);
        return ArithmeticWriter.At(w, MemoryWriter.Place(w, top, 8, write: false, r.Missed), 8);
    }

    private static void Release(CodeWriter w, LocalBuilder top, long bytes)
    {
        w.Get(top);
        w.Constant(bytes);
        w.Emit(OpCodes.Add);
        w.Set(top);
        w.StoreRegister(Register.Rsp, 8, top);
    }
}
