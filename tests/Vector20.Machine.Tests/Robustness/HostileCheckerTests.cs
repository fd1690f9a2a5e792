using Vector20.Machine.Processors;
using Vector20.Machine.Tests.Robustness.HostileHosts;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Robustness;

/// <summary>The negative controls of the hostile hosts: what no processor may do is found, whether silicon does it or an observation is falsified.</summary>
[Trait("Speed", "Slow")]
public class HostileCheckerTests
{
    [Theory]
    [InlineData(HardwareFaults.BitmapSeesIntN)]
    [InlineData(HardwareFaults.BitmapSeesIpi)]
    [InlineData(HardwareFaults.Ipi20AsException)]
    public void Silicon_that_mistakes_an_event_for_an_exception_is_found(HardwareFaults fault)
    {
        HostileCampaign campaign = HostileCampaign.Run(1, 200_000, fault);
        Assert.True(campaign.Broken is { } broken && (broken.Contains("exception") || broken.Contains("interruption information")), campaign.ToString());
    }

    /// <summary>What is falsified, in which outcome, and the words of the rule that finds it.</summary>
    private static readonly (OutcomeKind Kind, Action<Observation> Falsify, string Rule)[] s_falsifications =
    [
        (OutcomeKind.FailValid, o => o.After[VmcsField.VmInstructionError] = 27, "VMfailValid with error"),
        (OutcomeKind.FailValid, o => o.After[VmcsField.GuestRip] ^= 1, "an instruction that failed changed GuestRip"),
        (OutcomeKind.FailValid, o => o.After.Launched = !o.After.Launched, "changed the launch state"),
        (OutcomeKind.FailValid, o => o.HostAfter = o.HostAfter with { Rflags = Eflags.CF | 2 }, "VMfailInvalid with a current VMCS"),
        (OutcomeKind.EntryFailed, o => o.After[VmcsField.ExitReason] = 1ul << 31 | 32, "a failed entry with reason"),
        (OutcomeKind.EntryFailed, o => o.After[VmcsField.ExitQualification] = 1 << 20, "a failed entry with reason"),
        (OutcomeKind.EntryFailed, o => o.After[VmcsField.GuestCr3] ^= 0x1000, "a failed entry changed GuestCr3"),
        (OutcomeKind.EntryFailed, o => o.After[VmcsField.IdtVectoringInformation] ^= 1, "a failed entry changed IdtVectoringInformation"),
        (OutcomeKind.EntryFailed, o => o.After.Launched = !o.After.Launched, "changed the launch state"),
        (OutcomeKind.Exited, o => o.After[VmcsField.ExitReason] |= 1 << 29, "bits 30:16 of the exit reason"),
        (OutcomeKind.Exited, o => o.After[VmcsField.ExitReason] = 35, "which no control enables"),
        (OutcomeKind.Exited, o => o.After[VmcsField.VmExitInterruptionInformation] ^= 1ul << 31, "nterruption information"),
        (OutcomeKind.Exited, o => o.After[VmcsField.IdtVectoringInformation] = 0x8000_0100, "DT-vectoring information"),
        (OutcomeKind.Exited, o => o.After[VmcsField.VmExitInstructionLength] = 16, "an instruction length of 16"),
        (OutcomeKind.Exited, o => o.After[VmcsField.ExitQualification] = 1ul << 63 | 1ul << 40, "qualification"),
        (OutcomeKind.Exited, o => o.After[VmcsField.VmEntryInterruptionInformation] |= 1ul << 31, "the VM-entry interruption information after an exit"),
        (OutcomeKind.Exited, o => o.After[VmcsField.TprThreshold] ^= 1, "an exit changed TprThreshold"),
        (OutcomeKind.Exited, o => o.After[VmcsField.HostFsBase] ^= 1, "an exit changed HostFsBase"),
        (OutcomeKind.Exited, o => o.After[VmcsField.GuestRflags] &= ~2ul, "saved guest state does not enter"),
        (OutcomeKind.Exited, o => o.After[VmcsField.GuestInterruptibilityState] = 3, "saved guest state does not enter"),
        (OutcomeKind.Exited, o => o.After[VmcsField.GuestPendingDebugExceptions] = 1 << 13, "pending debug exceptions"),
        (OutcomeKind.Exited, o => o.After.Launched = false, "the launch state is not launched"),
        (OutcomeKind.Exited, o => o.Before[VmcsField.GuestActivityState] = 4, "entered in an undefined activity state"),
        (OutcomeKind.Exited, o => o.HostAfter = o.HostAfter with { Rflags = 0x202 }, "the host's RFLAGS"),
        (OutcomeKind.Exited, o => o.HostAfter = o.HostAfter with { Cr3 = 0 }, "a control register of the host"),
        (OutcomeKind.Exited, o => o.Place = HostPlace.Lost, "a VM exit did not lead to the host's RIP"),
        (OutcomeKind.Exited, o => o.NonRoot = true, "the guest goes on"),
        (OutcomeKind.Exited, o => o.AbortIndicator = 5, "a VMX abort with indicator 5"),
        (OutcomeKind.Exited, o => o.After[VmcsField.ExitReason] = Observation.NoReason, "the host did not go on"),
    ];

    public static TheoryData<int> Falsifications => [.. Enumerable.Range(0, s_falsifications.Length)];

    [Theory]
    [MemberData(nameof(Falsifications))]
    public void A_falsified_outcome_is_found(int index)
    {
        (OutcomeKind kind, Action<Observation> falsify, string rule) = s_falsifications[index];
        using var host = new HostileHost();
        bool done = false;
        var run = new HostileRun(host)
        {
            Falsify = o =>
            {
                if (done || o.Kind != kind || o.HostMayBeLost || kind == OutcomeKind.Exited && o.Place != HostPlace.AtExit) return;
                done = true;
                falsify(o);
            },
        };
        string? broken = null;
        for (int seed = 1; seed < 50 && broken is null; seed++) broken = run.Run(seed);
        Assert.True(done);
        Assert.Contains(rule, broken);
    }
}
