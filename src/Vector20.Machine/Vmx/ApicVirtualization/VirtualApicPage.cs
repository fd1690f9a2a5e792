using System.Numerics;
using Vector20.Machine.Apic;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>The virtual-APIC page in physical memory. Offsets in it are those of the local APIC's registers.</summary>
[Manual("3C", "30.1.1", "Virtualized APIC Registers")]
internal static class VirtualApicPage
{
    /// <summary>The physical address of a register.</summary>
    public static PhysicalAddress Register(Processor p, uint offset) => new(p.Vmx.Vmcs[VmcsField.VirtualApicAddress] + offset);

    /// <summary>Reads a 32-bit register.</summary>
    public static uint Read(Processor p, ApicRegister register) => p.Computer.Memory.Read<uint>(Register(p, (uint)register));

    /// <summary>Writes a 32-bit register.</summary>
    public static void Write(Processor p, ApicRegister register, uint value) => p.Computer.Memory.Write(Register(p, (uint)register), value);

    /// <summary>Puts a vector into VISR or VIRR, or takes it out: 32 vectors to each of eight registers.</summary>
    public static void SetVector(Processor p, ApicRegister set, byte vector, bool present)
    {
        ApicRegister register = At(set, vector >> 5);
        uint bit = 1u << (vector & 31), value = Read(p, register);
        Write(p, register, present ? value | bit : value & ~bit);
    }

    /// <summary>The highest vector in VISR or VIRR; 0 if there is none.</summary>
    public static byte Highest(Processor p, ApicRegister set)
    {
        for (int i = 7; i >= 0; i--)
        {
            uint value = Read(p, At(set, i));
            if (value != 0) return (byte)(i * 32 + BitOperations.Log2(value));
        }

        return 0;
    }

    /// <summary>One of the eight registers of a set.</summary>
    public static ApicRegister At(ApicRegister set, int index) => (ApicRegister)((int)set + (index << 4));
}
