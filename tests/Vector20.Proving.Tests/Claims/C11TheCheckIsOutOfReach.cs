using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Proving.Answers;
using Vector20.Proving.Questions;
using static Vector20.Proving.Tests.Claims.Circumstances;

namespace Vector20.Proving.Tests.Claims;

/// <summary>C11: INT 20 or an IPI with vector 20 makes no EXCEPTION_NMI exit: the check cannot be reached by a guest, if the hardware is not broken.</summary>
[Manual("3C", "26.5.7", "Virtualization Exceptions")]
public class C11TheCheckIsOutOfReach
{
    [Theory, MemberData(nameof(C09InterruptsIgnoreTheBitmap.Guests), MemberType = typeof(C09InterruptsIgnoreTheBitmap))]
    public void Neither_an_ipi_nor_int_20_reaches_it(CpuMode mode, VirtualApicMode apic)
    {
        foreach (Source source in (Source[])[SelfIpi(20), SelfIpi(20, x2Apic: true), new IntSource(20)])
        {
            Answer answer = Ask(source, In(mode, apic));
            Assert.Equal(Verdict.Alive, answer.Verdict);
            Assert.Equal(0, ExceptionExits(answer));
            Assert.Equal([20], answer.Handlers);
        }
    }

    [Theory, MemberData(nameof(Modes), MemberType = typeof(Circumstances))]
    public void Control_broken_silicon_reaches_it_by_int_20(CpuMode mode) =>
        Assert.Equal(Verdict.Killed, Ask(new IntSource(20), In(mode, VirtualApicMode.Emulated, HardwareFaults.BitmapSeesIntN)).Verdict);

    [Theory, MemberData(nameof(Modes), MemberType = typeof(Circumstances))]
    public void Control_broken_silicon_reaches_it_by_an_ipi(CpuMode mode)
    {
        Assert.Equal(Verdict.Killed, Ask(SelfIpi(20), In(mode, VirtualApicMode.Bare, HardwareFaults.BitmapSeesIpi)).Verdict);
        Assert.Equal(Verdict.Killed, Ask(SelfIpi(20), In(mode, VirtualApicMode.Bare, HardwareFaults.Ipi20AsException)).Verdict);
    }
}
