namespace Vector20.Machine.Processors.Msrs;

#pragma warning disable CS1591 // The manual's own names, without the prefixes IA32_ and MSR_.

/// <summary>The model-specific registers by name.</summary>
[Manual("4", "2.1", "Architectural MSRs")]
public enum Msr : uint
{
    P5McAddr = 0x0,
    P5McType = 0x1,
    TimeStampCounter = 0x10,
    PlatformId = 0x17,
    ApicBase = 0x1B,
    FeatureControl = 0x3A,
    TscAdjust = 0x3B,
    SpecCtrl = 0x48,
    PredCmd = 0x49,
    BiosUpdateTrigger = 0x79,
    BiosSignId = 0x8B,
    PlatformInfo = 0xCE,
    MtrrCap = 0xFE,
    ArchCapabilities = 0x10A,
    FlushCmd = 0x10B,
    SysenterCs = 0x174,
    SysenterEsp = 0x175,
    SysenterEip = 0x176,
    McgCap = 0x179,
    McgStatus = 0x17A,
    MiscEnable = 0x1A0,
    DebugCtl = 0x1D9,
    MtrrPhysBase0 = 0x200,
    MtrrPhysMask7 = 0x20F,
    MtrrFix64K00000 = 0x250,
    MtrrFix16K80000 = 0x258,
    MtrrFix16KA0000 = 0x259,
    MtrrFix4KC0000 = 0x268,
    MtrrFix4KF8000 = 0x26F,
    Pat = 0x277,
    MtrrDefType = 0x2FF,
    VmxBasic = 0x480,
    VmxVmfunc = 0x491,
    TscDeadline = 0x6E0,
    Xss = 0xDA0,
    Efer = 0xC000_0080,
    Star = 0xC000_0081,
    Lstar = 0xC000_0082,
    Cstar = 0xC000_0083,
    Fmask = 0xC000_0084,
    FsBase = 0xC000_0100,
    GsBase = 0xC000_0101,
    KernelGsBase = 0xC000_0102,
    TscAux = 0xC000_0103,
}
#pragma warning restore CS1591
