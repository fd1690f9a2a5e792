using Vector20.Machine.Processors;

namespace Vector20.Machine.Apic;

/// <summary>A local APIC.</summary>
public sealed class LocalApic(Processor processor, ApicFabric fabric)
{
    internal Processor Processor { get; } = processor;

    internal ApicFabric Fabric { get; } = fabric;

    internal bool Decodes(ulong address) => false;

    internal ulong Read(int offset, int size) => 0;

    internal void Write(int offset, int size, ulong value)
    {
    }
}

/// <summary>What carries messages between local and I/O APICs.</summary>
public sealed class ApicFabric;
