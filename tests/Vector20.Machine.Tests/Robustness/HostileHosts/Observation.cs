using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Robustness.HostileHosts;

/// <summary>What a VM-entry instruction made of things.</summary>
internal enum OutcomeKind
{
    /// <summary>The instruction faulted in the host.</summary>
    Fault,

    /// <summary>VMfailInvalid.</summary>
    FailInvalid,

    /// <summary>VMfailValid.</summary>
    FailValid,

    /// <summary>The entry failed on guest state or MSRs.</summary>
    EntryFailed,

    /// <summary>The guest was entered, and exited.</summary>
    Exited,

    /// <summary>A VMX abort.</summary>
    Aborted,

    /// <summary>The run ended with a line that names what is not implemented.</summary>
    Unsupported,

    /// <summary>The guest is still there, although it was told to stop.</summary>
    StillInGuest,

    /// <summary>None of these: the host shut down, or nothing happened.</summary>
    Nothing,
}

/// <summary>One attempt to enter a guest: what was there before, and what came of it.</summary>
internal sealed class Observation
{
    /// <summary>What the exit reason is set to beforehand, so that an exit is seen.</summary>
    public const ulong NoReason = 0xFFFF;

    public required bool Launch { get; init; }

    public required bool InOperation { get; init; }

    public required bool HasVmcs { get; init; }

    public required bool AfterMovSs { get; init; }

    /// <summary>The VMCS before, and the VMCS after.</summary>
    public required Vmcs Before { get; init; }

    public required Vmcs After { get; set; }

    /// <summary>The host's state before, and after.</summary>
    public required HostRegisters HostBefore { get; init; }

    public required HostRegisters HostAfter { get; set; }

    /// <summary>Whether the host's state or memory may be spoilt, by what the host itself has set up.</summary>
    public required bool HostMayBeLost { get; init; }

    public required HostPlace Place { get; set; }

    public required int Fault { get; set; }

    public required uint AbortIndicator { get; set; }

    public required bool NonRoot { get; set; }

    public required string? Unsupported { get; set; }

    /// <summary>An INIT signal, a start-up IPI and an NMI were sent while the guest ran.</summary>
    public required bool SignalsSent { get; set; }

    public OutcomeKind Kind
    {
        get
        {
            ulong reason = After[VmcsField.ExitReason];
            if (Unsupported is not null) return OutcomeKind.Unsupported;
            if (NonRoot) return OutcomeKind.StillInGuest;
            if (AbortIndicator != 0) return OutcomeKind.Aborted;
            if (reason != NoReason && HasVmcs) return (reason >> 31 & 1) != 0 ? OutcomeKind.EntryFailed : OutcomeKind.Exited;
            if (Place != HostPlace.Ready) return OutcomeKind.Nothing;
            if (Fault >= 0) return OutcomeKind.Fault;
            return (HostAfter.Rflags & Eflags.Status) switch
            {
                Eflags.CF => OutcomeKind.FailInvalid,
                Eflags.ZF => OutcomeKind.FailValid,
                _ => OutcomeKind.Nothing,
            };
        }
    }

    /// <summary>The secondary controls of the guest: 0 unless activated.</summary>
    public SecondaryControls Secondary => Has(ProcessorBasedControls.ActivateSecondaryControls) ? (SecondaryControls)Before[VmcsField.SecondaryProcessorBasedControls] : 0;

    public bool Has(PinBasedControls control) => (Before[VmcsField.PinBasedControls] & (ulong)control) != 0;

    public bool Has(ProcessorBasedControls control) => (Before[VmcsField.ProcessorBasedControls] & (ulong)control) != 0;

    public bool Has(SecondaryControls control) => (Secondary & control) != 0;

    public bool Has(VmExitControls control) => (Before[VmcsField.VmExitControls] & (ulong)control) != 0;

    public bool Has(VmEntryControls control) => (Before[VmcsField.VmEntryControls] & (ulong)control) != 0;
}

/// <summary>What of a host's registers a VM entry that fails leaves alone, and a VM exit loads.</summary>
internal readonly record struct HostRegisters(
    ulong Cr0, ulong Cr3, ulong Cr4, ulong Efer, ulong Rsp, ulong Rip, ulong Rflags, ulong Dr7, SegmentRegister Cs, SegmentRegister Ss, SegmentRegister Ds,
    SegmentRegister Es, SegmentRegister Fs, SegmentRegister Gs, SegmentRegister Tr, SegmentRegister Ldtr, ulong GdtrBase, uint GdtrLimit, ulong IdtrBase,
    uint IdtrLimit, ulong DebugCtl, ulong SysenterCs, ulong SysenterEsp, ulong SysenterEip, InterruptShadow Shadow, int Cpl, ulong PendingTraps)
{
    public static HostRegisters Of(Processor p) => new(
        p.ControlRegister0, p.ControlRegister3, p.ControlRegister4, p.ExtendedFeatures, p[4], p.Rip, p.Rflags, p.DebugControl,
        p.Segment(SegmentName.Cs), p.Segment(SegmentName.Ss), p.Segment(SegmentName.Ds), p.Segment(SegmentName.Es), p.Segment(SegmentName.Fs),
        p.Segment(SegmentName.Gs), p.Tr, p.Ldtr, p.Gdtr.Base, p.Gdtr.Limit, p.Idtr.Base, p.Idtr.Limit, p.Msrs[Machine.Processors.Msrs.Msr.DebugCtl],
        p.Msrs[Machine.Processors.Msrs.Msr.SysenterCs], p.Msrs[Machine.Processors.Msrs.Msr.SysenterEsp],
        p.Msrs[Machine.Processors.Msrs.Msr.SysenterEip], p.Shadow, p.Cpl, p.PendingDebugTraps);
}
