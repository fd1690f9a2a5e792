using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Machine.Vmx;
using Vector20.Proving.Answers;
using Vector20.Proving.Questions;
using static Vector20.Proving.Tests.Claims.Circumstances;

namespace Vector20.Proving.Tests.Asking;

public class TouchTests
{
    [Theory]
    [InlineData(TouchAccess.Read)]
    [InlineData(TouchAccess.Write)]
    [InlineData(TouchAccess.Fetch)]
    [InlineData(TouchAccess.PageWalk)]
    [Manual("3C", "26.5.7.1", "Convertible EPT Violations")]
    public void An_access_to_an_entry_that_does_not_suppress_kills_the_vm_with_a_dump(TouchAccess access)
    {
        Answer answer = Touch(access);
        Assert.Equal(Verdict.Killed, answer.Verdict);
        Assert.Equal(48u, answer.Dump!.Information!.ExitReason);
        Assert.Equal(0ul, answer.Dump.Walk[^1].Value);
        Assert.Equal(Verdict.Alive, Touch(access, suppress: true).Verdict);
    }

    [Theory]
    [InlineData(TouchAccess.EventStack)]
    [InlineData(TouchAccess.EventIdt)]
    [InlineData(TouchAccess.EventGdt)]
    [Manual("3C", "26.5.7.1", "Convertible EPT Violations")]
    public void An_access_made_while_an_event_is_delivered_is_not_converted(TouchAccess access)
    {
        Answer answer = Touch(access);
        Assert.Equal(Verdict.Alive, answer.Verdict);
        Assert.Contains(answer.Exits, e => e.Reason == (int)ExitReason.EptViolation);
        Assert.Equal([32], answer.Handlers);
        Assert.Equal(Verdict.Killed, Touch(access, faults: HardwareFaults.VeDuringDelivery).Verdict);
    }

    [Fact]
    [Manual("3C", "26.5.7.1", "Convertible EPT Violations")]
    public void While_the_area_is_busy_it_is_an_ordinary_violation()
    {
        Assert.Equal(Verdict.Alive, Touch(TouchAccess.Read, busy: true).Verdict);
        Assert.Equal(Verdict.Killed, Touch(TouchAccess.Read, busy: true, faults: HardwareFaults.VeIgnoresBusy).Verdict);
    }

    [Fact]
    [Manual("3C", "26.5.7.1", "Convertible EPT Violations")]
    public void With_PE_0_it_is_an_ordinary_violation() => Assert.Equal(Verdict.Alive, Touch(TouchAccess.Read, mode: CpuMode.Real).Verdict);

    [Fact]
    public void With_warn_the_guest_resumes_and_the_same_access_exits_as_a_violation()
    {
        Answer answer = Touch(TouchAccess.Read, check: VeCheck.Warn);
        Assert.Equal(Verdict.Warned, answer.Verdict);
        Assert.False(answer.Good);
        Assert.NotNull(answer.Dump);
        Assert.Contains(answer.Exits, e => e.Reason == (int)ExitReason.EptViolation);
    }

    [Fact]
    public void With_off_there_is_no_ve() => Assert.Equal(Verdict.Alive, Touch(TouchAccess.Read, check: VeCheck.Off).Verdict);

    [Theory]
    [InlineData(true, 3ul)]
    [InlineData(false, 1ul)]
    [Manual("3C", "29.3.5", "Accessed and Dirty Flags for EPT")]
    public void A_page_walk_counts_as_a_write_while_accessed_and_dirty_flags_are_on(bool accessedDirty, ulong bits)
    {
        Answer answer = Touch(TouchAccess.PageWalk, accessedDirty: accessedDirty);
        Assert.Equal(bits, answer.Dump!.Information!.Qualification & 7);
        Assert.Equal(0x20_0000ul, answer.Dump.Information.GuestLinear);
    }

    [Fact]
    [Manual("3C", "29.3.3.1", "EPT Misconfigurations")]
    public void Mmio_is_a_misconfiguration_whatever_bit_63_says()
    {
        foreach (bool suppress in (bool[])[true, false])
        {
            Answer answer = Touch(TouchAccess.Write, entry: TouchedEntry.Mmio, suppress: suppress);
            Assert.Equal(Verdict.Alive, answer.Verdict);
            Assert.Equal([(int)ExitReason.EptMisconfiguration], answer.Exits.Select(e => e.Reason));
        }
    }

    [Fact]
    public void A_frozen_entry_is_tried_again_until_the_zap_has_ended() =>
        Assert.Contains(Touch(TouchAccess.Read, entry: TouchedEntry.Frozen, suppress: true).Exits, e => e.Reason == (int)ExitReason.EptViolation);

    private static Answer Touch(
        TouchAccess access, TouchedEntry entry = TouchedEntry.NotPresent, bool suppress = false, bool? accessedDirty = null, bool busy = false, CpuMode mode = CpuMode.Long,
        HardwareFaults faults = 0, VeCheck check = VeCheck.Kill) =>
        Ask(new TouchSource(entry, access, suppress, accessedDirty, busy), In(mode, VirtualApicMode.Emulated, faults) with { VeCheck = check });
}
