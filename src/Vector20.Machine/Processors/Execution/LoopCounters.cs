using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>LOOP, LOOPE, LOOPNE, JCXZ, JECXZ and JRCXZ: branches on CX, ECX or RCX, as the address size says.</summary>
[Manual("2A", "3.3", "LOOP/LOOPcc—Loop According to ECX Counter")]
internal static unsafe class LoopCounters
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Jcxz => &JumpIfZero<ushort>,
        Mnemonic.Jecxz => &JumpIfZero<uint>,
        Mnemonic.Jrcxz => &JumpIfZero<ulong>,
        Mnemonic.Loop => Loop<Always>(i),
        Mnemonic.Loope => Loop<Conditions.E>(i),
        Mnemonic.Loopne => Loop<Conditions.Ne>(i),
        _ => null,
    };

    private static Handler Loop<TCondition>(in Instruction i) where TCondition : struct, ICondition => i.Code.ToOpCode().AddressSize switch
    {
        16 => &LoopWhile<ushort, TCondition>,
        32 => &LoopWhile<uint, TCondition>,
        _ => &LoopWhile<ulong, TCondition>,
    };

    private static Outcome JumpIfZero<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> =>
        NearTransfer.GoIf(p, op, T.IsZero(p.Get<T>(Register.Rcx)));

    private static Outcome LoopWhile<T, TCondition>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> where TCondition : struct, ICondition
    {
        T count = p.Get<T>(Register.Rcx) - T.One;
        Outcome outcome = NearTransfer.GoIf(p, op, !T.IsZero(count) && TCondition.Holds(ref p.Flags));
        if (outcome != Outcome.Stop) p.Set(Register.Rcx, count);
        return outcome;
    }

    private readonly struct Always : ICondition
    {
        public static bool Holds(ref StatusFlags flags) => true;
    }
}
