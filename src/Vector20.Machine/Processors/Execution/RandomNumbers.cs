using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution;

/// <summary>RDRAND and RDSEED. The numbers follow from the computer's seed, and there always is one: CF is 1.</summary>
[Manual("2B", "4.3", "RDRAND—Read Random Number")]
[Manual("2B", "4.3", "RDSEED—Read Random SEED")]
internal static unsafe class RandomNumbers
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Rdrand => i.Op0Register.GetSize() switch { 2 => &ReadRandom<ushort>, 4 => &ReadRandom<uint>, _ => &ReadRandom<ulong> },
        Mnemonic.Rdseed => i.Op0Register.GetSize() switch { 2 => &ReadSeed<ushort>, 4 => &ReadSeed<uint>, _ => &ReadSeed<ulong> },
        _ => null,
    };

    private static Outcome ReadRandom<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> =>
        p.Vmx.NonRoot && Intercepts.Rdrand(p, op) ? Outcome.Stop : Read<T>(p, op);

    private static Outcome ReadSeed<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> =>
        p.Vmx.NonRoot && Intercepts.Rdseed(p, op) ? Outcome.Stop : Read<T>(p, op);

    private static Outcome Read<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
    {
        p.Set(op.Destination, T.CreateTruncating(Next(ref p.RandomState)));
        p.Flags.Value = Eflags.CF;
        return Outcome.Continue;
    }

    /// <summary>SplitMix64 (Steele, Lea and Flood, 2014).</summary>
    private static ulong Next(ref ulong state)
    {
        ulong z = state += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ z >> 30) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ z >> 27) * 0x94D0_49BB_1331_11EB;
        return z ^ z >> 31;
    }
}
