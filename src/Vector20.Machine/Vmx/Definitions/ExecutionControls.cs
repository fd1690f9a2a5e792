namespace Vector20.Machine.Vmx;

#pragma warning disable CS1591 // The manual's own names.

/// <summary>Asynchronous events in VMX non-root operation.</summary>
[Flags]
[Manual("3C", "25.6.1", "Pin-Based VM-Execution Controls")]
public enum PinBasedControls : uint
{
    None = 0,
    ExternalInterruptExiting = 1u << 0,
    NmiExiting = 1u << 3,
    VirtualNmis = 1u << 5,
    ActivateVmxPreemptionTimer = 1u << 6,
    ProcessPostedInterrupts = 1u << 7,

    /// <summary>Reserved bits that are 1 on every processor (the default1 class): 1, 2 and 4.</summary>
    Default1 = 0x16,
}

/// <summary>Instructions and other synchronous events in VMX non-root operation.</summary>
[Flags]
[Manual("3C", "25.6.2", "Processor-Based VM-Execution Controls")]
public enum ProcessorBasedControls : uint
{
    None = 0,
    InterruptWindowExiting = 1u << 2,
    UseTscOffsetting = 1u << 3,
    HltExiting = 1u << 7,
    InvlpgExiting = 1u << 9,
    MwaitExiting = 1u << 10,
    RdpmcExiting = 1u << 11,
    RdtscExiting = 1u << 12,
    Cr3LoadExiting = 1u << 15,
    Cr3StoreExiting = 1u << 16,
    ActivateTertiaryControls = 1u << 17,
    Cr8LoadExiting = 1u << 19,
    Cr8StoreExiting = 1u << 20,
    UseTprShadow = 1u << 21,
    NmiWindowExiting = 1u << 22,
    MovDrExiting = 1u << 23,
    UnconditionalIoExiting = 1u << 24,
    UseIoBitmaps = 1u << 25,
    MonitorTrapFlag = 1u << 27,
    UseMsrBitmaps = 1u << 28,
    MonitorExiting = 1u << 29,
    PauseExiting = 1u << 30,
    ActivateSecondaryControls = 1u << 31,

    /// <summary>Bits that are 1 unless the TRUE capability MSR says otherwise: 1, 4-6, 8, 13-16 and 26.</summary>
    Default1 = 0x0401_E172,
}

/// <summary>The secondary processor-based controls.</summary>
[Flags]
[Manual("3C", "25.6.2", "Processor-Based VM-Execution Controls")]
public enum SecondaryControls : uint
{
    None = 0,
    VirtualizeApicAccesses = 1u << 0,
    EnableEpt = 1u << 1,
    DescriptorTableExiting = 1u << 2,
    EnableRdtscp = 1u << 3,
    VirtualizeX2ApicMode = 1u << 4,
    EnableVpid = 1u << 5,
    WbinvdExiting = 1u << 6,
    UnrestrictedGuest = 1u << 7,
    ApicRegisterVirtualization = 1u << 8,
    VirtualInterruptDelivery = 1u << 9,
    PauseLoopExiting = 1u << 10,
    RdrandExiting = 1u << 11,
    EnableInvpcid = 1u << 12,
    EnableVmFunctions = 1u << 13,
    VmcsShadowing = 1u << 14,
    EnableEnclsExiting = 1u << 15,
    RdseedExiting = 1u << 16,
    EnablePml = 1u << 17,
    EptViolationVe = 1u << 18,
    ConcealVmxFromPt = 1u << 19,
    EnableXsavesXrstors = 1u << 20,
    PasidTranslation = 1u << 21,
    ModeBasedExecuteControl = 1u << 22,
    SubPageWritePermissions = 1u << 23,
    IntelPtUsesGuestPhysicalAddresses = 1u << 24,
    UseTscScaling = 1u << 25,
    EnableUserWaitAndPause = 1u << 26,
    EnablePconfig = 1u << 27,
    EnableEnclvExiting = 1u << 28,
    VmmBusLockDetection = 1u << 30,
    InstructionTimeout = 1u << 31,
}

/// <summary>The tertiary processor-based controls.</summary>
[Flags]
[Manual("3C", "25.6.2", "Processor-Based VM-Execution Controls")]
public enum TertiaryControls : ulong
{
    None = 0,
    LoadIwKeyExiting = 1ul << 0,
    EnableHlat = 1ul << 1,
    EptPagingWriteControl = 1ul << 2,
    GuestPagingVerification = 1ul << 3,
    IpiVirtualization = 1ul << 4,
    VirtualizeSpecCtrl = 1ul << 7,
}

/// <summary>The VM functions that VMFUNC may invoke.</summary>
[Flags]
[Manual("3C", "25.6.14", "VM-Function Controls")]
public enum VmFunctionControls : ulong
{
    None = 0,
    EptpSwitching = 1ul << 0,
}
#pragma warning restore CS1591
