namespace Vector20.Machine.Vmx;

#pragma warning disable CS1591 // The manual's own names.

/// <summary>What VM exits do.</summary>
[Flags]
[Manual("3C", "25.7.1", "VM-Exit Controls")]
public enum VmExitControls : uint
{
    None = 0,
    SaveDebugControls = 1u << 2,
    HostAddressSpaceSize = 1u << 9,
    LoadPerfGlobalCtrl = 1u << 12,
    AcknowledgeInterruptOnExit = 1u << 15,
    SavePat = 1u << 18,
    LoadPat = 1u << 19,
    SaveEfer = 1u << 20,
    LoadEfer = 1u << 21,
    SaveVmxPreemptionTimerValue = 1u << 22,
    ClearBndcfgs = 1u << 23,
    ConcealVmxFromPt = 1u << 24,
    ClearRtitCtl = 1u << 25,
    ClearLbrCtl = 1u << 26,
    ClearUinv = 1u << 27,
    LoadCetState = 1u << 28,
    LoadPkrs = 1u << 29,
    SavePerfGlobalCtrl = 1u << 30,
    ActivateSecondaryControls = 1u << 31,

    /// <summary>Bits that are 1 unless the TRUE capability MSR says otherwise: 0-8, 10, 11, 13, 14, 16 and 17.</summary>
    Default1 = 0x0003_6DFF,
}

/// <summary>What VM entries do.</summary>
[Flags]
[Manual("3C", "25.8.1", "VM-Entry Controls")]
public enum VmEntryControls : uint
{
    None = 0,
    LoadDebugControls = 1u << 2,
    Ia32eModeGuest = 1u << 9,
    EntryToSmm = 1u << 10,
    DeactivateDualMonitorTreatment = 1u << 11,
    LoadPerfGlobalCtrl = 1u << 13,
    LoadPat = 1u << 14,
    LoadEfer = 1u << 15,
    LoadBndcfgs = 1u << 16,
    ConcealVmxFromPt = 1u << 17,
    LoadRtitCtl = 1u << 18,
    LoadUinv = 1u << 19,
    LoadCetState = 1u << 20,
    LoadGuestLbrCtl = 1u << 21,
    LoadPkrs = 1u << 22,

    /// <summary>Bits that are 1 unless the TRUE capability MSR says otherwise: 0-8 and 12.</summary>
    Default1 = 0x11FF,
}
#pragma warning restore CS1591
