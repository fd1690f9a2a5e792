using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Processors.Models;

namespace Vector20.Hypervisor.Exits;

/// <summary>CPUID: what the processor answers, without VMX and MONITOR, and with the bit that says 'hypervisor'.</summary>
[Manual("2A", "3.3", "CPUID - CPU Identification")]
internal static class CpuidExits
{
    private const uint HypervisorLeaf = 0x4000_0000, Monitor = 1 << 3, Vmx = 1 << 5, Hypervisor = 1u << 31, ApicFlag = 1 << 9;

    public static void Handle(Vcpu v)
    {
        CpuidResult result = Answer(v, (uint)v.Processor[0], (uint)v.Processor[1]);
        v.Processor[0] = result.Eax;
        v.Processor[3] = result.Ebx;
        v.Processor[1] = result.Ecx;
        v.Processor[2] = result.Edx;
        GuestInstruction.Complete(v);
    }

    private static CpuidResult Answer(Vcpu v, uint leaf, uint subleaf) => leaf switch
    {
        HypervisorLeaf => new(HypervisorLeaf, Letters("Vect"), Letters("or20"), Letters("Host")),
        1 => Features(v, CpuidLeaves.Of(v.Processor, leaf, subleaf)),
        5 => default,
        _ => CpuidLeaves.Of(v.Processor, leaf, subleaf),
    };

    private static CpuidResult Features(Vcpu v, CpuidResult result)
    {
        uint edx = result.Edx;
        if (v.Apic is { } apic) edx = apic.Mode == ApicMode.Disabled ? edx & ~ApicFlag : edx | ApicFlag;
        return result with { Ecx = result.Ecx & ~(Vmx | Monitor) | Hypervisor, Edx = edx };
    }

    private static uint Letters(string four) => (uint)(four[0] | four[1] << 8 | four[2] << 16 | four[3] << 24);
}
