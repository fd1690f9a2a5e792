using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Proving.Questions;
using static Vector20.Proving.Tests.Claims.Circumstances;

namespace Vector20.Proving.Tests.Claims;

/// <summary>C9: IPIs are hardware interrupts and INT n software interrupts: neither consults the exception bitmap.</summary>
[Manual("3C", "26.2", "Other Causes of VM Exits")]
public class C09InterruptsIgnoreTheBitmap
{
    private const uint Every = uint.MaxValue;

    public static TheoryData<CpuMode, VirtualApicMode> Guests
    {
        get
        {
            var data = new TheoryData<CpuMode, VirtualApicMode>();
            foreach (CpuMode mode in Enum.GetValues<CpuMode>())
                foreach (VirtualApicMode apic in Enum.GetValues<VirtualApicMode>()) data.Add(mode, apic);
            return data;
        }
    }

    [Theory, MemberData(nameof(Guests))]
    public void With_every_bit_set_no_ipi_makes_an_exception_exit(CpuMode mode, VirtualApicMode apic)
    {
        for (int vector = 16; vector < 32; vector++) Assert.Equal(0, ExceptionExits(Ask(SelfIpi(vector), In(mode, apic, bitmap: Every))));
    }

    [Theory, MemberData(nameof(Guests))]
    public void With_every_bit_set_no_int_n_makes_one(CpuMode mode, VirtualApicMode apic)
    {
        for (int n = 0; n < 32; n++) Assert.Equal(0, ExceptionExits(Ask(new IntSource((byte)n), In(mode, apic, bitmap: Every))));
    }

    [Theory, MemberData(nameof(Guests))]
    public void Control_silicon_whose_bitmap_sees_int_n_exits(CpuMode mode, VirtualApicMode apic) =>
        Assert.Equal(1, ExceptionExits(Ask(new IntSource(25), In(mode, apic, HardwareFaults.BitmapSeesIntN, Every))));

    [Theory, MemberData(nameof(Modes), MemberType = typeof(Circumstances))]
    public void Control_silicon_whose_bitmap_sees_interrupts_exits(CpuMode mode) =>
        Assert.Equal(1, ExceptionExits(Ask(SelfIpi(25), In(mode, VirtualApicMode.Bare, HardwareFaults.BitmapSeesIpi, Every))));
}
