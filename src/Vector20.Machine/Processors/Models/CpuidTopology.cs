using System.Numerics;

namespace Vector20.Machine.Processors.Models;

/// <summary>Caches and processors as CPUID enumerates them: one package, of as many cores as there are processors, of one thread each.</summary>
[Manual("2A", "3.3", "CPUID—CPU Identification")]
[Manual("3A", "9.9.1", "Hierarchical Mapping of Shared Resources")]
internal static class CpuidTopology
{
    private const uint Thread = 1, Core = 2, LineBytes = 64;

    /// <summary>Leaf 4: L1 data, L1 instruction and L2 of each core, L3 of the package.</summary>
    public static CpuidResult Cache(Computer computer, uint subleaf) => subleaf switch
    {
        0 => Cache(computer, type: 1, level: 1, ways: 8, sets: 64),
        1 => Cache(computer, type: 2, level: 1, ways: 8, sets: 64),
        2 => Cache(computer, type: 3, level: 2, ways: 16, sets: 1024),
        3 => Cache(computer, type: 3, level: 3, ways: 16, sets: 16384),
        _ => default,
    };

    /// <summary>Leaves 0BH and 1FH: threads of a core, cores of the package.</summary>
    public static CpuidResult Levels(Processor p, uint subleaf)
    {
        uint id = (uint)p.Index, processors = (uint)p.Computer.Options.Processors;
        return subleaf switch
        {
            0 => new(0, 1, Thread << 8, id),
            1 => new(CoreBits(processors), processors, Core << 8 | 1, id),
            _ => new(0, 0, subleaf & 0xFF, id),
        };
    }

    private static CpuidResult Cache(Computer computer, uint type, uint level, uint ways, uint sets)
    {
        uint processors = (uint)computer.Options.Processors, cores = (1u << (int)CoreBits(processors)) - 1;
        uint sharing = level == 3 ? cores : 0, selfInitializing = 1u << 8;
        return new CpuidResult(type | level << 5 | selfInitializing | sharing << 14 | Math.Min(cores, 63) << 26, LineBytes - 1 | ways - 1 << 22, sets - 1, 0);
    }

    private static uint CoreBits(uint processors) => (uint)BitOperations.Log2(BitOperations.RoundUpToPowerOf2(processors));
}
