using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Robustness.HostileHosts;

/// <summary>Whether the manual allows what came of an attempt to enter a guest. Each answers the words of the first rule broken, or null.</summary>
[Manual("3C", "27", "VM Entries")]
internal static class OutcomeChecks
{
    public static string? Check(Observation o) => o.Kind switch
    {
        OutcomeKind.Unsupported => null,
        OutcomeKind.StillInGuest => o.HostMayBeLost && o.After[VmcsField.ExitReason] != Observation.NoReason ? null : "the guest goes on although an INIT signal and a start-up IPI were sent",
        OutcomeKind.Nothing => o.HostMayBeLost ? null : "the host did not go on, neither behind the instruction nor at its RIP",
        OutcomeKind.Fault => Fault(o),
        OutcomeKind.FailInvalid => FailInvalid(o),
        OutcomeKind.FailValid => FailValid(o),
        OutcomeKind.EntryFailed or OutcomeKind.Exited when o is { HostMayBeLost: true, Place: not HostPlace.AtExit } => null,
        OutcomeKind.EntryFailed => EntryFailed(o) ?? Host(o),
        OutcomeKind.Aborted => Aborted(o),
        _ => ExitChecks.Check(o) ?? Host(o),
    };

    private static string? Fault(Observation o)
    {
        if (o.HostMayBeLost) return null;
        if (o.InOperation) return $"exception {o.Fault} of a VM-entry instruction in VMX operation";
        return o.Fault == 6 ? Unchanged(o) : $"exception {o.Fault} instead of #UD outside VMX operation";
    }

    [Manual("3C", "27.1", "Basic VM-Entry Checks")]
    private static string? FailInvalid(Observation o) => o.HasVmcs ? "VMfailInvalid with a current VMCS that is no shadow VMCS" : Unchanged(o);

    [Manual("3C", "31.4", "VM Instruction Error Numbers")]
    private static string? FailValid(Observation o)
    {
        if (!o.HasVmcs) return "VMfailValid without a current VMCS";
        var error = (VmInstructionError)o.After[VmcsField.VmInstructionError];
        bool allowed = error switch
        {
            VmInstructionError.VmlaunchNonClearVmcs => o.Launch && o.Before.Launched && !o.AfterMovSs,
            VmInstructionError.VmresumeNonLaunchedVmcs => !o.Launch && !o.Before.Launched && !o.AfterMovSs,
            VmInstructionError.EntryEventsBlockedByMovSs => o.AfterMovSs,
            VmInstructionError.EntryInvalidControlFields or VmInstructionError.EntryInvalidHostStateFields => o.Launch != o.Before.Launched && !o.AfterMovSs,
            _ => false,
        };
        return allowed ? Unchanged(o, VmcsField.VmInstructionError) : $"VMfailValid with error {error}";
    }

    /// <summary>VMfail changes no more than RFLAGS and the error number.</summary>
    [Manual("3C", "31.2", "Conventions")]
    private static string? Unchanged(Observation o, params ReadOnlySpan<VmcsField> but)
    {
        if (o.After.Launched != o.Before.Launched) return "an instruction that failed changed the launch state";
        if (Differing(o, but) is { } field) return $"an instruction that failed changed {field}";
        HostRegisters before = o.HostBefore with { Rflags = 0, Rip = 0, Shadow = 0 }, after = o.HostAfter with { Rflags = 0, Rip = 0, Shadow = 0 };
        return o.HostMayBeLost || o.Fault >= 0 || before == after ? null : "an instruction that failed changed the host's state";
    }

    [Manual("3C", "27.8", "VM-Entry Failures During or After Loading Guest State")]
    private static string? EntryFailed(Observation o)
    {
        ulong reason = o.After[VmcsField.ExitReason], qualification = o.After[VmcsField.ExitQualification];
        if (o.Launch == o.Before.Launched) return "an entry went on with the wrong launch state";
        bool defined = (reason & 0x7FFF_FFFF) switch
        {
            (ulong)ExitReason.EntryFailureInvalidGuestState => qualification is 0 or 2 or 3 or 4,
            (ulong)ExitReason.EntryFailureMsrLoading => qualification - 1 < o.Before[VmcsField.VmEntryMsrLoadCount],
            _ => false,
        };
        if (!defined) return $"a failed entry with reason {reason:X}, qualification {qualification:X}";
        if (o.After.Launched != o.Before.Launched) return "a failed entry changed the launch state";
        return Differing(o, VmcsField.ExitReason, VmcsField.ExitQualification) is { } field ? $"a failed entry changed {field}" : null;
    }

    [Manual("3C", "28.7", "VMX Aborts")]
    private static string? Aborted(Observation o) => o.AbortIndicator switch
    {
        1 when o.Before[VmcsField.VmExitMsrStoreCount] != 0 && o.After[VmcsField.ExitReason] >> 31 == 0 => null,
        4 when o.Before[VmcsField.VmExitMsrLoadCount] != 0 => null,
        _ => $"a VMX abort with indicator {o.AbortIndicator}",
    };

    /// <summary>The host is where VM exits lead. An NMI that the guest did not take is the host's at once.</summary>
    private static string? Host(Observation o)
    {
        if (o.Place == HostPlace.AtExit) return HostChecks.Check(o);
        bool interrupted = o is { Place: HostPlace.Ready, Fault: 2, SignalsSent: true };
        return interrupted || o.HostMayBeLost ? null : "a VM exit did not lead to the host's RIP";
    }

    /// <summary>The first field that is another afterwards, of those that may not.</summary>
    internal static VmcsField? Differing(Observation o, params ReadOnlySpan<VmcsField> but)
    {
        if (o.Before.Contents.SequenceEqual(o.After.Contents)) return null;
        foreach (VmcsField field in VmcsFields.All)
            if (o.Before[field] != o.After[field] && !but.Contains(field)) return field;
        return null;
    }
}
