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
        LocalBuilder target = w.NewLocal(8), top = w.NewLocal(8);
        w.RipAt(r.Distance + distance);
        w.Set(target);
        r.CheckTarget(target);
        StackTop(w, -8, top);
        LocalBuilder place = MemoryWriter.Place(w, top, 8, write: true, r.Missed);
        w.Get(place);
        w.RipAt(r.Distance + r.Block.ByteLength);
        w.StoreIndirect(8);
        w.StoreRegister(Register.Rsp, 8, top);
        r.GoTo(distance);
    }

    /// <summary>RET and RET n.</summary>
    public static void Return(RegionWriter r)
    {
        CodeWriter w = r.Code;
        LocalBuilder target = w.NewLocal(8), top = w.NewLocal(8);
        StackTop(w, 0, top);
        LocalBuilder place = MemoryWriter.Place(w, top, 8, write: false, r.Missed);
        w.Get(place);
        w.LoadIndirect(8);
        w.Set(target);
        r.CheckTarget(target);
        Release(w, top, 8 + r.Plan.Operation.Immediate);
        r.GoTo(target);
    }

    /// <summary>PUSH of a register or an immediate.</summary>
    public static void Push(RegionWriter r)
    {
        CodeWriter w = r.Code;
        LocalBuilder top = w.NewLocal(8);
        StackTop(w, -8, top);
        LocalBuilder place = MemoryWriter.Place(w, top, 8, write: true, r.Missed);
        w.Get(place);
        if (r.Plan.Instruction.Op0Kind == Iced.Intel.OpKind.Register) w.LoadRegister(r.Plan.Operation.Destination, 8);
        else w.Constant(r.Plan.Operation.Immediate);
        w.StoreIndirect(8);
        w.StoreRegister(Register.Rsp, 8, top);
    }

    /// <summary>POP of a register: the stack pointer moves before it is written, should it be the register.</summary>
    public static void Pop(RegionWriter r)
    {
        CodeWriter w = r.Code;
        LocalBuilder top = w.NewLocal(8), value = w.NewLocal(8);
        StackTop(w, 0, top);
        LocalBuilder place = MemoryWriter.Place(w, top, 8, write: false, r.Missed);
        w.Get(place);
        w.LoadIndirect(8);
        w.Set(value);
        Release(w, top, 8);
        w.StoreRegister(r.Plan.Operation.Destination, 8, value);
    }

    private static void StackTop(CodeWriter w, long change, LocalBuilder top)
    {
        w.LoadRegister(Register.Rsp, 8);
        if (change != 0)
        {
            w.Constant(change);
            w.Emit(OpCodes.Add);
        }

        w.Set(top);
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
