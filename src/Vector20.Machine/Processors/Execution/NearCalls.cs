using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>Near CALL and RET.</summary>
[Manual("2A", "3.3", "CALL—Call Procedure")]
[Manual("2B", "4.3", "RET—Return From Procedure")]
internal static unsafe class NearCalls
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Code switch
    {
        Code.Call_rel16 => &CallRelative<ushort>,
        Code.Call_rel32_32 => &CallRelative<uint>,
        Code.Call_rel32_64 => &CallRelative<ulong>,
        Code.Call_rm16 => CallTo<ushort>(i),
        Code.Call_rm32 => CallTo<uint>(i),
        Code.Call_rm64 => CallTo<ulong>(i),
        Code.Retnw or Code.Retnw_imm16 => &Return<ushort>,
        Code.Retnd or Code.Retnd_imm16 => &Return<uint>,
        Code.Retnq or Code.Retnq_imm16 => &Return<ulong>,
        _ => null,
    };

    private static Handler CallTo<T>(in Instruction i) where T : unmanaged, IBinaryInteger<T> =>
        i.Op0Kind == OpKind.Register ? &CallRegister<T> : &CallMemory<T>;

    private static Outcome CallRelative<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> =>
        Call<T>(p, op, NearTransfer.Target(p, op));

    private static Outcome CallRegister<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> =>
        Call<T>(p, op, ulong.CreateTruncating(p.Get<T>(op.Destination)));

    private static Outcome CallMemory<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> =>
        p.Load(op, out T target) ? Call<T>(p, op, ulong.CreateTruncating(target)) : Outcome.Stop;

    private static Outcome Call<T>(Processor p, in Operation op, ulong target) where T : unmanaged, IBinaryInteger<T>
    {
        if (!NearTransfer.CanFetch(p, target)) return p.Fault(ExceptionVector.GeneralProtection, 0);
        if (!p.Push(T.CreateTruncating(p.NextRip(op)))) return Outcome.Stop;
        p.Rip = target;
        return Outcome.Jump;
    }

    /// <summary>RET, and RET n, which also releases n bytes of parameters.</summary>
    private static Outcome Return<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
    {
        if (!p.Peek(out T target)) return Outcome.Stop;
        Outcome outcome = NearTransfer.Go(p, ulong.CreateTruncating(target));
        if (outcome != Outcome.Stop) p.SetStackPointer(p.Get<ulong>(Register.Rsp) + (uint)sizeof(T) + (ulong)op.Immediate);
        return outcome;
    }
}
