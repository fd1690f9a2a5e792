using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Proving.Answers;
using Vector20.Proving.Questions;
using static Vector20.Proving.Tests.Claims.Circumstances;

namespace Vector20.Proving.Tests.Claims;

/// <summary>C1: vectors 0-31 are reserved, yet the local APIC accepts an IPI with vector 16-31 and it is delivered.</summary>
[Manual("3A", "11.5.2", "Valid Interrupt Vectors")]
public class C01ReservedVectorsAreAccepted
{
    [Theory, MemberData(nameof(Everywhere), MemberType = typeof(Circumstances))]
    public void An_ipi_with_vector_16_to_31_runs_its_handler(CpuMode mode, VirtualApicMode? apic)
    {
        for (int vector = 16; vector < 32; vector++) Assert.Equal([vector], Ask(SelfIpi(vector), In(mode, apic)).Handlers);
    }

    [Theory, MemberData(nameof(Everywhere), MemberType = typeof(Circumstances))]
    public void So_it_does_in_x2apic_mode(CpuMode mode, VirtualApicMode? apic)
    {
        foreach (int vector in (int[])[16, 20, 31]) Assert.Equal([vector], Ask(SelfIpi(vector, x2Apic: true), In(mode, apic)).Handlers);
    }

    [Theory, MemberData(nameof(Everywhere), MemberType = typeof(Circumstances))]
    public void The_path_shows_the_local_apic_accept_it(CpuMode mode, VirtualApicMode? apic)
    {
        foreach (bool x2Apic in (bool[])[false, true])
        {
            Step accepted = Assert.Single(Ask(SelfIpi(20, x2Apic), In(mode, apic)).Path, step => step.Action == "vector 20 is reserved but valid");
            string request = apic == VirtualApicMode.Apicv && !x2Apic ? "VIRR[20] set" : "IRR[20] set";
            Assert.StartsWith(request, accepted.Detail, StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(BareApics), MemberType = typeof(Circumstances))]
    public void Control_an_apic_that_rejects_reserved_vectors_delivers_none(CpuMode mode, VirtualApicMode? apic)
    {
        Answer answer = Ask(SelfIpi(20), In(mode, apic, HardwareFaults.ApicRejectsReservedVectors));
        Assert.Empty(answer.Handlers);
        Assert.NotEqual(0u, answer.ErrorStatus[0] & (uint)ErrorStatus.SendIllegalVector);
    }
}
