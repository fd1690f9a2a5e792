using Vector20.Machine.Processors.Models;

namespace Vector20.Machine.Vmx.Ept;

#pragma warning disable CS1591 // The manual's own names.

/// <summary>The bits of IA32_VMX_EPT_VPID_CAP: what of EPT and VPIDs the processor has.</summary>
[Flags]
[Manual("3D", "A.10", "VPID and EPT Capabilities")]
public enum EptCapabilities : ulong
{
    ExecuteOnly = 1ul << 0,
    PageWalkLength4 = 1ul << 6,
    PageWalkLength5 = 1ul << 7,
    UncacheableStructures = 1ul << 8,
    WriteBackStructures = 1ul << 14,
    Pages2MByte = 1ul << 16,
    Pages1GByte = 1ul << 17,
    Invept = 1ul << 20,
    AccessedAndDirtyFlags = 1ul << 21,
    AdvancedViolationInformation = 1ul << 22,
    InveptSingleContext = 1ul << 25,
    InveptAllContexts = 1ul << 26,
    Invvpid = 1ul << 32,
    InvvpidIndividualAddress = 1ul << 40,
    InvvpidSingleContext = 1ul << 41,
    InvvpidAllContexts = 1ul << 42,
    InvvpidSingleContextRetainingGlobals = 1ul << 43,
}
#pragma warning restore CS1591

/// <summary>What of EPT and VPIDs a CPU model has.</summary>
[Manual("3D", "A.10", "VPID and EPT Capabilities")]
internal static class EptSupport
{
    private const EptCapabilities OfVpids = EptCapabilities.Invvpid | EptCapabilities.InvvpidIndividualAddress | EptCapabilities.InvvpidSingleContext
        | EptCapabilities.InvvpidAllContexts | EptCapabilities.InvvpidSingleContextRetainingGlobals;

    private const EptCapabilities OfEpt = EptCapabilities.ExecuteOnly | EptCapabilities.PageWalkLength4
        | EptCapabilities.UncacheableStructures | EptCapabilities.WriteBackStructures | EptCapabilities.Pages2MByte
        | EptCapabilities.Invept | EptCapabilities.InveptSingleContext | EptCapabilities.InveptAllContexts;

    /// <summary>IA32_VMX_EPT_VPID_CAP of a model. Every model has VPIDs.</summary>
    public static EptCapabilities Of(CpuModel model)
    {
        if (!model.Has(CpuFeature.Ept)) return OfVpids;
        EptCapabilities capabilities = OfVpids | OfEpt;
        if (model.Has(CpuFeature.Page1Gb)) capabilities |= EptCapabilities.Pages1GByte;
        if (model.Has(CpuFeature.EptAccessedDirty)) capabilities |= EptCapabilities.AccessedAndDirtyFlags;
        if (model.Has(CpuFeature.EptViolationVe)) capabilities |= EptCapabilities.AdvancedViolationInformation;
        if (model.Has(CpuFeature.Ept5Level)) capabilities |= EptCapabilities.PageWalkLength5;
        return capabilities;
    }
}
