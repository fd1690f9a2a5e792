using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Machine.Vmx;
using Vector20.Proving.Answers;
using Vector20.Proving.Questions;
using static Vector20.Proving.Tests.Claims.Circumstances;

namespace Vector20.Proving.Tests.Claims;

/// <summary>
/// C12: a TDX host uses suppress-#VE selectively: clear where the guest must get #VE (MMIO), set where the host must get the EPT
/// violation. A host that leaves bit 20 of the exception bitmap clear is such a host as far as the silicon can tell.
/// </summary>
[Manual("3C", "26.5.7.1", "Convertible EPT Violations")]
public class C12SelectiveSuppression
{
    public static TheoryData<CpuMode> ProtectedModes => [CpuMode.Protected, CpuMode.Compat, CpuMode.Long];

    [Theory, MemberData(nameof(ProtectedModes))]
    public void Where_bit_63_is_clear_the_guest_gets_ve(CpuMode mode)
    {
        Answer answer = Touch(mode, suppress: false);
        Assert.Equal([20], answer.Handlers);
        Assert.DoesNotContain(answer.Exits, e => e.Reason == (int)ExitReason.EptViolation);
    }

    [Theory, MemberData(nameof(ProtectedModes))]
    public void Where_it_is_set_the_host_gets_the_violation(CpuMode mode)
    {
        Answer answer = Touch(mode, suppress: true);
        Assert.Empty(answer.Handlers);
        Assert.Contains(answer.Exits, e => e.Reason == (int)ExitReason.EptViolation);
    }

    [Theory, MemberData(nameof(ProtectedModes))]
    public void Control_silicon_that_ignores_bit_63_takes_the_violation_from_the_host(CpuMode mode) =>
        Assert.Equal([20], Touch(mode, suppress: true, HardwareFaults.VeIgnoresSuppress).Handlers);

    private static Answer Touch(CpuMode mode, bool suppress, HardwareFaults faults = 0) =>
        Ask(new TouchSource(TouchedEntry.NotPresent, TouchAccess.Read, suppress, null, false), In(mode, VirtualApicMode.Emulated, faults, bugs: HypervisorBugs.BitmapMissesVe));
}
