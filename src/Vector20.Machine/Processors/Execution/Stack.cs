using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>PUSH and POP of general registers, memory and immediates.</summary>
[Manual("1", "6.2", "Stacks")]
[Manual("2B", "4.3", "PUSH—Push Word, Doubleword, or Quadword Onto the Stack")]
[Manual("2B", "4.3", "POP—Pop a Value From the Stack")]
internal static unsafe class Stack
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Code switch
    {
        Code.Push_r16 or Code.Push_rm16 => Push<ushort>(i),
        Code.Push_r32 or Code.Push_rm32 => Push<uint>(i),
        Code.Push_r64 or Code.Push_rm64 => Push<ulong>(i),
        Code.Push_imm16 or Code.Pushw_imm8 => &PushImmediate<ushort>,
        Code.Pushd_imm32 or Code.Pushd_imm8 => &PushImmediate<uint>,
        Code.Pushq_imm32 or Code.Pushq_imm8 => &PushImmediate<ulong>,
        Code.Pop_r16 or Code.Pop_rm16 => Pop<ushort>(i),
        Code.Pop_r32 or Code.Pop_rm32 => Pop<uint>(i),
        Code.Pop_r64 or Code.Pop_rm64 => Pop<ulong>(i),
        _ => null,
    };

    private static Handler Push<T>(in Instruction i) where T : unmanaged => i.Op0Kind == OpKind.Register ? &PushRegister<T> : &PushMemory<T>;

    private static Handler Pop<T>(in Instruction i) where T : unmanaged => i.Op0Kind == OpKind.Register ? &PopRegister<T> : &PopMemory<T>;

    /// <summary>PUSH of the stack pointer pushes its value before the instruction.</summary>
    private static Outcome PushRegister<T>(Processor p, in Operation op) where T : unmanaged =>
        p.Push(p.Get<T>(op.Destination)) ? Outcome.Continue : Outcome.Stop;

    private static Outcome PushMemory<T>(Processor p, in Operation op) where T : unmanaged =>
        p.Load(op, out T value) && p.Push(value) ? Outcome.Continue : Outcome.Stop;

    private static Outcome PushImmediate<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> =>
        p.Push(T.CreateTruncating(op.Immediate)) ? Outcome.Continue : Outcome.Stop;

    /// <summary>POP of the stack pointer: the increment comes first, then the value read.</summary>
    private static Outcome PopRegister<T>(Processor p, in Operation op) where T : unmanaged
    {
        if (!p.Peek(out T value)) return Outcome.Stop;
        p.SetStackPointer(p.Get<ulong>(Register.Rsp) + (uint)sizeof(T));
        p.Set(op.Destination, value);
        return Outcome.Continue;
    }

    /// <summary>An address based on the stack pointer is computed after the increment.</summary>
    private static Outcome PopMemory<T>(Processor p, in Operation op) where T : unmanaged
    {
        if (!p.Peek(out T value)) return Outcome.Stop;
        ulong before = p.Get<ulong>(Register.Rsp);
        p.SetStackPointer(before + (uint)sizeof(T));
        if (p.Store(op, value)) return Outcome.Continue;
        p.Set(Register.Rsp, before);
        return Outcome.Stop;
    }
}
