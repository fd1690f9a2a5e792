using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Images;

public class GuestBuilderTests
{
    public static TheoryData<GuestMode> UserModes => [GuestMode.Virtual8086, GuestMode.Protected16, GuestMode.Protected, GuestMode.Compatibility, GuestMode.Long];

    [Theory, MemberData(nameof(UserModes))]
    public void A_guest_at_CPL_3_runs_its_code_in_every_mode_and_waits_at_its_end(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode, cpl: 3).Code(a => a.mov(eax, 0x1234)).Load();
        guest.Run(100);
        Assert.True(guest.Finished);
        Assert.Equal(0x1234ul, guest.Processor[0]);
        Assert.Equal(3, guest.Processor.Cpl);
    }

    [Fact]
    public void A_label_of_the_code_has_an_address()
    {
        Label second = default;
        using Guest guest = new GuestBuilder(GuestMode.Long, cpl: 3).Code(a =>
        {
            a.mov(eax, 1);
            second = a.CreateLabel();
            a.Label(ref second);
            a.mov(eax, 2);
        }).Load();
        Assert.Equal(GuestLayout.Code + 5ul, guest.AddressOf(second));
    }
}
