using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Tests.Events;

/// <summary>One NMI blocks the next until IRET.</summary>
[Manual("3A", "6.7.1", "Handling Multiple NMIs")]
[Manual("3A", "6.7", "Nonmaskable Interrupt (NMI)")]
public class NmiTests
{
    public static TheoryData<GuestMode> Modes => [GuestMode.Real, GuestMode.Protected16, GuestMode.Protected, GuestMode.Compatibility, GuestMode.Long];

    [Theory, MemberData(nameof(Modes))]
    public void An_NMI_is_taken_whatever_IF_is(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Code(a => a.nop()).Load().WithNmi();
        guest.Run();
        Assert.Equal([2], guest.Vectors());
        Assert.Null(guest.Log[0].ErrorCode);
    }

    [Theory, MemberData(nameof(Modes))]
    public void A_second_NMI_waits_for_IRET_and_any_number_waits_as_one(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Handler(2, HandlerEnd.Return).Code(a => a.nop()).Load().WithNmi();
        guest.Run(2);
        guest.WithNmi().WithNmi();
        guest.Run(8);
        Assert.True(guest.Processor.NmiPending);
        guest.Run();
        Assert.Equal([2, 2], guest.Vectors());
        Assert.Equal(guest.Log[0].ReturnRip, guest.Log[1].ReturnRip);
    }

    [Theory, MemberData(nameof(Modes))]
    public void INT_2_enters_the_same_handler_and_blocks_no_NMI(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).Handler(2, HandlerEnd.Return).Code(a => a.@int(2)).Load();
        guest.Run(1);
        Assert.False(guest.Processor.NmisBlocked);
        guest.WithNmi().Run();
        Assert.Equal([2, 2], guest.Vectors());
        Assert.InRange(guest.Log[0].ReturnRip, (ulong)GuestLayout.Handlers - (mode == GuestMode.Real ? GuestLayout.Handlers : 0), GuestLayout.LogCount);
    }

    [Theory, MemberData(nameof(Modes))]
    public void An_IRET_that_faults_has_unblocked_NMIs(GuestMode mode)
    {
        if (mode == GuestMode.Real) return;
        using Guest guest = new GuestBuilder(mode).OwnHandler(2, a =>
        {
            a.db(mode is GuestMode.Long or GuestMode.Compatibility ? [0x48, 0x83, 0xEC, 0x20] : [0x83, 0xEC, 0x20]);
            a.db(mode is GuestMode.Long or GuestMode.Compatibility ? [0x48, 0xCF] : [0xCF]);
        }).Code(a => a.nop()).Load().WithNmi();
        guest.Run();
        Assert.Equal(13, guest.Log[0].Vector);
        Assert.False(guest.Processor.NmisBlocked);
    }

    [Fact]
    public void An_NMI_ends_shutdown()
    {
        using Guest guest = new GuestBuilder().Code(a => a.nop()).Load();
        guest.Processor.Activity = ActivityState.Shutdown;
        guest.WithNmi().Run();
        Assert.Equal([2], guest.Vectors());
    }
}
