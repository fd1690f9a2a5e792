using Iced.Intel;

namespace Vector20.Machine.Processors.Models;

/// <summary>A named CPU model: which features it has, its CPUID leaves, its MSRs.</summary>
public sealed class CpuModel(string name)
{
    /// <summary>The default model.</summary>
    public static CpuModel Default { get; } = new("default");

    /// <summary>The name that <c>--cpu</c> takes.</summary>
    public string Name { get; } = name;

    /// <summary>Width of physical addresses in bits.</summary>
    public int PhysicalAddressBits => 46;

    /// <summary>Whether the model has every CPUID feature that an instruction needs.</summary>
    internal bool Has(in Instruction instruction) => true;
}
