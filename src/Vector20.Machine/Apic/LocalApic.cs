using Vector20.Machine.Processors;

namespace Vector20.Machine.Apic;

/// <summary>A local APIC.</summary>
public sealed class LocalApic(Processor processor, ApicFabric fabric)
{
    internal Processor Processor { get; } = processor;

    internal ApicFabric Fabric { get; } = fabric;

    internal byte ControlRegister8 { get; set; }

    internal ulong BaseAddressRegister { get; private set; } = 0xFEE0_0900;

    internal ulong TscDeadline { get; set; }

    internal bool WriteBaseAddressRegister(ulong value)
    {
        BaseAddressRegister = value;
        return true;
    }

    internal static bool IsApicMsr(uint msr) => msr is >= 0x800 and <= 0x8FF;

    internal bool ReadMsr(uint msr, out ulong value)
    {
        value = 0;
        return false;
    }

    internal bool WriteMsr(uint msr, ulong value) => false;

    internal bool Decodes(ulong address) => false;

    internal ulong Read(int offset, int size) => 0;

    internal void Write(int offset, int size, ulong value)
    {
    }
}

/// <summary>What carries messages between local and I/O APICs.</summary>
public sealed class ApicFabric;
