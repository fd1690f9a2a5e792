using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Proving.Questions;
using static Vector20.Proving.Tests.Claims.Circumstances;

namespace Vector20.Proving.Tests.Claims;

/// <summary>C4: vectors 16-31 set no ESR bit.</summary>
[Manual("3A", "11.5.3", "Error Handling")]
public class C04ReservedVectorsAreNoErrors
{
    [Theory, MemberData(nameof(Everywhere), MemberType = typeof(Circumstances))]
    public void Neither_sender_nor_receiver_notes_an_error(CpuMode mode, VirtualApicMode? apic)
    {
        for (int vector = 16; vector < 32; vector++) Assert.Equal([0u], Ask(SelfIpi(vector), In(mode, apic)).ErrorStatus);
    }

    [Theory, MemberData(nameof(BareApics), MemberType = typeof(Circumstances))]
    public void Control_an_apic_that_rejects_them_notes_errors(CpuMode mode, VirtualApicMode? apic) =>
        Assert.NotEqual([0u], Ask(SelfIpi(16), In(mode, apic, HardwareFaults.ApicRejectsReservedVectors)).ErrorStatus);
}
