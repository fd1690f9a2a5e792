using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>ENTER, LEAVE, PUSHA and POPA.</summary>
[Manual("2A", "3.3", "ENTER—Make Stack Frame for Procedure Parameters")]
[Manual("2A", "3.3", "LEAVE—High Level Procedure Exit")]
internal static unsafe class StackFrames
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Code switch
    {
        Code.Enterw_imm16_imm8 => &Enter<ushort>,
        Code.Enterd_imm16_imm8 => &Enter<uint>,
        Code.Enterq_imm16_imm8 => &Enter<ulong>,
        Code.Leavew => &Leave<ushort>,
        Code.Leaved => &Leave<uint>,
        Code.Leaveq => &Leave<ulong>,
        Code.Pushaw => &PushAll<ushort>,
        Code.Pushad => &PushAll<uint>,
        Code.Popaw => &PopAll<ushort>,
        Code.Popad => &PopAll<uint>,
        _ => null,
    };

    /// <summary>
    /// Pushes the frame pointer, then the frame pointers of the enclosing levels with the new one, then makes room. The last check is that the
    /// new top of stack could be written.
    /// </summary>
    private static Outcome Enter<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
    {
        int level = op.Displacement & 31;
        ulong size = (uint)sizeof(T), frame = p.Get<ulong>(Register.Rbp);
        ulong top = p.Get<ulong>(Register.Rsp) - size & p.StackMask;
        if (!p.Write(SegmentName.Ss, top, p.Get<T>(Register.Rbp))) return Outcome.Stop;
        ulong newFrame = top;
        for (int i = 1; i < level; i++)
        {
            frame -= size;
            top = top - size & p.StackMask;
            if (!p.Read(SegmentName.Ss, frame & p.StackMask, out T enclosing) || !p.Write(SegmentName.Ss, top, enclosing)) return Outcome.Stop;
        }

        if (level > 0)
        {
            top = top - size & p.StackMask;
            if (!p.Write(SegmentName.Ss, top, T.CreateTruncating(newFrame))) return Outcome.Stop;
        }

        top = top - (ulong)op.Immediate & p.StackMask;
        if (!p.ReadForWrite(SegmentName.Ss, top, out T _)) return Outcome.Stop;
        p.Set(Register.Rbp, T.CreateTruncating(newFrame));
        p.SetStackPointer(top);
        return Outcome.Continue;
    }

    private static Outcome Leave<T>(Processor p, in Operation op) where T : unmanaged
    {
        ulong frame = p.Get<ulong>(Register.Rbp);
        if (!p.Read(SegmentName.Ss, frame & p.StackMask, out T outer)) return Outcome.Stop;
        p.SetStackPointer(frame + (uint)sizeof(T));
        p.Set(Register.Rbp, outer);
        return Outcome.Continue;
    }

    /// <summary>Pushes AX, CX, DX, BX, the original SP, BP, SI and DI.</summary>
    [Manual("2B", "4.3", "PUSHA/PUSHAD—Push All General-Purpose Registers")]
    private static Outcome PushAll<T>(Processor p, in Operation op) where T : unmanaged
    {
        ulong top = p.Get<ulong>(Register.Rsp);
        if (p.RealMode && (top & p.StackMask) is 7 or 9 or 11 or 13 or 15) return p.Fault(ExceptionVector.GeneralProtection, 0);
        for (byte register = Register.Rax; register <= Register.Rdi; register += 8)
        {
            top = top - (uint)sizeof(T) & p.StackMask;
            if (!p.Write(SegmentName.Ss, top, p.Get<T>(register))) return Outcome.Stop;
        }

        p.SetStackPointer(top);
        return Outcome.Continue;
    }

    /// <summary>Pops them in reverse; the stack pointer's value is skipped.</summary>
    [Manual("2B", "4.3", "POPA/POPAD—Pop All General-Purpose Registers")]
    private static Outcome PopAll<T>(Processor p, in Operation op) where T : unmanaged
    {
        Span<T> values = stackalloc T[8];
        for (int i = 0; i < 8; i++)
            if (!p.Peek(out values[i], (uint)(i * sizeof(T)))) return Outcome.Stop;
        for (int i = 0; i < 8; i++)
            if (i != 3) p.Set(Register.Number(7 - i), values[i]);
        p.SetStackPointer(p.Get<ulong>(Register.Rsp) + (uint)(8 * sizeof(T)));
        return Outcome.Continue;
    }
}
