using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Proving.Answers;
using Vector20.Proving.Questions;
using static Vector20.Proving.Tests.Claims.Circumstances;

namespace Vector20.Proving.Tests.Claims;

/// <summary>C3: sending vector 0-15 sets ESR 'send illegal vector' at the sender; receiving one sets 'receive illegal vector'; nothing is delivered.</summary>
[Manual("3A", "11.5.3", "Error Handling")]
public class C03IllegalVectorsAreErrors
{
    private const uint Send = (uint)ErrorStatus.SendIllegalVector, Receive = (uint)ErrorStatus.ReceiveIllegalVector;

    [Theory, MemberData(nameof(Everywhere), MemberType = typeof(Circumstances))]
    public void The_sender_notes_the_sending_the_receiver_the_receiving_and_no_handler_runs(CpuMode mode, VirtualApicMode? apic)
    {
        foreach (int vector in (int[])[0, 5, 15])
        {
            Answer answer = Ask(new IpiSource((byte)vector, IpiMode.Fixed, new IpiTarget(IpiAudience.Others), X2Apic: false), In(mode, apic));
            Assert.Equal([Send, Receive], answer.ErrorStatus);
            Assert.Empty(answer.Handlers);
        }
    }

    [Theory, MemberData(nameof(Everywhere), MemberType = typeof(Circumstances))]
    public void Sent_to_oneself_both_are_noted(CpuMode mode, VirtualApicMode? apic)
    {
        foreach (int vector in (int[])[0, 15])
        {
            Answer answer = Ask(SelfIpi(vector), In(mode, apic));
            Assert.Equal([Send | Receive], answer.ErrorStatus);
            Assert.Empty(answer.Handlers);
        }
    }

    [Theory, MemberData(nameof(BareApics), MemberType = typeof(Circumstances))]
    public void Control_an_apic_that_accepts_them_notes_nothing_and_delivers(CpuMode mode, VirtualApicMode? apic)
    {
        Answer answer = Ask(SelfIpi(15), In(mode, apic, HardwareFaults.ApicAcceptsIllegalVectors));
        Assert.Equal([0u], answer.ErrorStatus);
        Assert.Equal([15], answer.Handlers);
    }
}
