using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Robustness.HostileHosts;

/// <summary>What a VM exit saves enters again, but for the few cases in which the manual has an exit save what no entry accepts.</summary>
[Manual("3C", "28.3", "Saving Guest State")]
internal static class SavedStateChecks
{
    private const ulong MovSs = 2;

    /// <summary>The computer that judges: it has the memory in which a link pointer is looked up.</summary>
    [ThreadStatic]
    internal static Processor? Judge;

    public static string? Check(Observation o)
    {
        if (Pending(o) is { } pending) return pending;
        Judge!.Vmx.LoadControls();
        return EntryChecks.OfGuestState(Judge, o.After, out _) is { } rule && !IsExcused(o, rule) ? $"saved guest state does not enter: {rule}" : null;
    }

    /// <summary>Pending debug exceptions are saved as clear but for a few reasons and under blocking by MOV SS.</summary>
    [Manual("3C", "28.3.4", "Saving Non-Register State")]
    private static string? Pending(Observation o)
    {
        ulong pending = o.After[VmcsField.GuestPendingDebugExceptions], blocking = o.After[VmcsField.GuestInterruptibilityState];
        var reason = (ExitReason)o.After[VmcsField.ExitReason];
        bool debugException = reason == ExitReason.ExceptionOrNmi && (o.After[VmcsField.VmExitInterruptionInformation] & 0x7FF) is 0x301 or 0x501;
        bool kept = reason is ExitReason.InitSignal or ExitReason.TprBelowThreshold or ExitReason.VirtualizedEoi or ExitReason.ApicWrite or ExitReason.MonitorTrapFlag
            || (blocking & MovSs) != 0 && !debugException;
        return pending != 0 && !kept ? $"pending debug exceptions {pending:X} saved by an exit with reason {reason}" : null;
    }

    private static bool IsExcused(Observation o, string rule) => rule switch
    {
        // An exit between STI and the next instruction saves no BS (28.3.4); after MOV SS the setting is the implementation's.
        "the pending debug exception BS does not fit RFLAGS.TF and IA32_DEBUGCTL.BTF" => true,

        // The fields are as the host left them, unless the exit saves them.
        "guest IA32_EFER.LMA is not the control IA-32e mode guest" or "guest IA32_EFER.LMA and LME differ while paging is on" => !o.Has(VmExitControls.SaveEfer),
        "a PDPTE has a reserved bit set" => !o.Has(SecondaryControls.EnableEpt),
        _ => rule.Contains("link pointer", StringComparison.Ordinal) && o.HostMayBeLost,
    };
}
