using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Proving.Answers;
using Vector20.Proving.Questions;
using static Vector20.Proving.Tests.Claims.Circumstances;

namespace Vector20.Proving.Tests.Claims;

/// <summary>
/// C8: a host may forward an NMI exit to its own handler with INT 2: a software interrupt, so it neither blocks NMIs nor meets 'NMI exiting'.
/// </summary>
[Manual("3A", "6.7.1", "Handling Multiple NMIs")]
public class C08NmiForwarding
{
    [Theory]
    [InlineData(NmiForwardingWay.Int2)]
    [InlineData(NmiForwardingWay.Frame)]
    public void After_an_nmi_exit_int_2_does_what_calling_the_handler_with_a_frame_does(NmiForwardingWay way) =>
        Assert.Equal(new NmiForwardingResult(Exits: 1, BlockedAfterExit: true, BlockedInHandler: true, BlockedAfterwards: false, HandlerRuns: 1), NmiForwarding.Run(way));

    [Fact]
    public void Int_2_itself_does_not_block_nmis() =>
        Assert.Equal(new NmiForwardingResult(0, false, BlockedInHandler: false, false, HandlerRuns: 1), NmiForwarding.RunWithoutNmi(NmiForwardingWay.Int2));

    [Fact]
    public void Control_a_call_that_ends_with_ret_leaves_nmis_blocked() =>
        Assert.Equal(new NmiForwardingResult(1, true, true, BlockedAfterwards: true, HandlerRuns: 0), NmiForwarding.Run(NmiForwardingWay.Call));

    [Theory, MemberData(nameof(Modes), MemberType = typeof(Circumstances))]
    public void Int_2_in_a_guest_does_not_meet_nmi_exiting(CpuMode mode)
    {
        Answer answer = Ask(new IntSource(2), In(mode, VirtualApicMode.Emulated));
        Assert.Empty(answer.Exits);
        Assert.Equal([2], answer.Handlers);
    }

    [Theory, MemberData(nameof(Modes), MemberType = typeof(Circumstances))]
    public void Control_an_nmi_does(CpuMode mode)
    {
        Answer answer = Ask(new NmiSource(), In(mode, VirtualApicMode.Emulated));
        Assert.Equal(1, ExceptionExits(answer));
        Assert.Empty(answer.Handlers);
    }
}
