using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Proving.Answers;
using Vector20.Proving.Questions;
using static Vector20.Proving.Tests.Claims.Circumstances;

namespace Vector20.Proving.Tests.Claims;

/// <summary>C7: INT n reaches all of 0-255, the reserved ones too.</summary>
[Manual("3A", "6.4.4", "INT n Instruction for Generating Exceptions")]
public class C07IntReachesEveryVector
{
    public static TheoryData<CpuMode, int, bool> ModesAndPrivileges => new()
    {
        { CpuMode.Real, 0, true }, { CpuMode.Protected, 0, true }, { CpuMode.Protected, 3, true }, { CpuMode.Compat, 0, true }, { CpuMode.Compat, 3, true },
        { CpuMode.Long, 0, true }, { CpuMode.Long, 3, true }, { CpuMode.Long, 0, false }, { CpuMode.Real, 0, false },
    };

    [Theory, MemberData(nameof(ModesAndPrivileges))]
    public void Each_of_the_256_runs_its_own_handler(CpuMode mode, int cpl, bool guest)
    {
        for (int n = 0; n < 256; n++)
        {
            Answer answer = Ask(new IntSource((byte)n), In(mode, guest ? VirtualApicMode.Emulated : null, cpl: cpl));
            Assert.Equal([n], answer.Handlers);
            Assert.Empty(answer.Exits);
        }
    }

    [Theory, MemberData(nameof(Modes), MemberType = typeof(Circumstances))]
    public void Control_silicon_whose_bitmap_sees_int_n_keeps_vector_20_from_its_handler(CpuMode mode) =>
        Assert.Empty(Ask(new IntSource(20), In(mode, VirtualApicMode.Emulated, HardwareFaults.BitmapSeesIntN)).Handlers);
}
