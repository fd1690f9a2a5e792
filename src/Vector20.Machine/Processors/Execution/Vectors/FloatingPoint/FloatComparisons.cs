using System.Numerics;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>CMPPS and its kin, which make masks; COMISS, UCOMISS and their kin, which set flags.</summary>
[Manual("1", "10.4.1.4", "SSE Comparison Instructions")]
internal static unsafe class FloatComparisons
{
    /// <summary>The relations for which each predicate is true.</summary>
    [Manual("2A", "3.3", "CMPPS—Compare Packed Single Precision Floating-Point Values")]
    private static readonly Relation[] s_predicates =
    [
        Relation.Equal, Relation.Less, Relation.Less | Relation.Equal, Relation.Unordered,
        ~Relation.Equal, ~Relation.Less, ~(Relation.Less | Relation.Equal), ~Relation.Unordered,
        Relation.Equal | Relation.Unordered, Relation.Less | Relation.Unordered, ~Relation.Greater, Relation.Never,
        Relation.Less | Relation.Greater, Relation.Greater | Relation.Equal, Relation.Greater, ~Relation.Never,
    ];

    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Cmpps or Mnemonic.Vcmpps => FloatForms.Packed<Compare, float>(i),
        Mnemonic.Cmppd or Mnemonic.Vcmppd => FloatForms.Packed<Compare, double>(i),
        Mnemonic.Cmpss or Mnemonic.Vcmpss => FloatForms.Scalar<Compare, float>(i),
        Mnemonic.Cmpsd or Mnemonic.Vcmpsd when !i.IsStringInstruction => FloatForms.Scalar<Compare, double>(i),
        Mnemonic.Comiss or Mnemonic.Vcomiss => Flags<float, Signaling>(i),
        Mnemonic.Comisd or Mnemonic.Vcomisd => Flags<double, Signaling>(i),
        Mnemonic.Ucomiss or Mnemonic.Vucomiss => Flags<float, Quiet>(i),
        Mnemonic.Ucomisd or Mnemonic.Vucomisd => Flags<double, Quiet>(i),
        _ => null,
    };

    private readonly struct Compare : IFloatLane
    {
        public static T Compute<T>(int lane, T left, T right, ref FloatUnit unit) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            int predicate = unit.Immediate & unit.PredicateMask;
            bool signals = (predicate & 3) is 1 or 2 != (predicate & 16) > 0;
            Relation relation = VectorArithmetic.Compare(FloatUnit.FormatOf<T>(), FloatUnit.Bits(left), FloatUnit.Bits(right), signals, ref unit.Context);
            return FloatUnit.FromBits<T>((s_predicates[predicate & 15] & relation) != 0 ? ulong.MaxValue : 0);
        }
    }

    private static Handler Flags<T, TSignals>(in Instruction i) where T : unmanaged where TSignals : struct, ISignals => (i.Encoding == EncodingKind.VEX, Encodings.HasMemory(i)) switch
    {
        (false, false) => &SetFlags<LegacyTarget, InSource, T, TSignals>,
        (false, true) => &SetFlags<LegacyTarget, Part<T>, T, TSignals>,
        (true, false) => &SetFlags<Vex128Target, InSource, T, TSignals>,
        (true, true) => &SetFlags<Vex128Target, Part<T>, T, TSignals>,
    };

    [Manual("2A", "3.3", "COMISS—Compare Scalar Ordered Single Precision Floating-Point Values and Set EFLAGS")]
    private static Outcome SetFlags<TTarget, TSource, T, TSignals>(Processor p, in Operation op)
        where TTarget : struct, ITarget<Vector128<byte>> where TSource : struct, ISource where T : unmanaged where TSignals : struct, ISignals
    {
        if (!TTarget.Use(p) || !TSource.Get(p, op, out Vector128<byte> right)) return Outcome.Stop;
        FloatUnit unit = FloatUnit.Of(p, 0);
        ulong a = FloatUnit.Bits(p.Xmm(op.Destination).As<byte, T>().ToScalar()), b = FloatUnit.Bits(right.As<byte, T>().ToScalar());
        Relation relation = VectorArithmetic.Compare(FloatUnit.FormatOf<T>(), a, b, TSignals.Signals, ref unit.Context);
        if (!unit.Finish(p)) return Outcome.Stop;
        p.Flags.Value = ComparisonFlags(relation);
        return Outcome.Continue;
    }

    /// <summary>ZF, PF and CF of a comparison; the others become 0.</summary>
    public static uint ComparisonFlags(Relation relation) => relation switch
    {
        Relation.Unordered => Eflags.ZF | Eflags.PF | Eflags.CF,
        Relation.Less => Eflags.CF,
        Relation.Equal => Eflags.ZF,
        _ => 0,
    };

    private interface ISignals
    {
        static abstract bool Signals { get; }
    }

    private readonly struct Signaling : ISignals
    {
        public static bool Signals => true;
    }

    private readonly struct Quiet : ISignals
    {
        public static bool Signals => false;
    }
}
