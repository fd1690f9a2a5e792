using Vector20.Machine.Processors.Models;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Vmx;

/// <summary>The VMX capability MSRs, 480H-492H, all read-only.</summary>
[Manual("3D", "A", "VMX Capability Reporting Facility")]
public static class VmxCapabilityMsrs
{
    /// <summary>The first, IA32_VMX_BASIC.</summary>
    public const uint First = 0x480;

    /// <summary>The last, IA32_VMX_PROCBASED_CTLS3.</summary>
    public const uint Last = 0x492;

    /// <summary>The value of one. False if the model has no such MSR.</summary>
    public static bool Read(CpuModel model, uint msr, out ulong value)
    {
        value = msr switch
        {
            0x480 => VmxCapabilities.Basic,
            0x481 => Controls((uint)PinBasedControls.Default1, (uint)VmxCapabilities.PinBased(model)),
            0x482 => Controls((uint)ProcessorBasedControls.Default1, (uint)VmxCapabilities.ProcessorBased(model)),
            0x483 => Controls((uint)VmExitControls.Default1, (uint)VmxCapabilities.Exit),
            0x484 => Controls((uint)VmEntryControls.Default1, (uint)VmxCapabilities.Entry),
            0x485 => VmxCapabilities.Misc(model),
            0x486 => VmxCapabilities.Cr0Fixed0,
            0x487 => VmxCapabilities.Cr0Fixed1,
            0x488 => VmxCapabilities.Cr4Fixed0,
            0x489 => model.Cr4Bits,
            0x48A => (ulong)model.VmcsFields.HighestIndex << 1,
            0x48B => Controls(0, (uint)VmxCapabilities.Secondary(model)),
            0x48C => (ulong)model.EptCapabilities,
            0x48D => Controls((uint)PinBasedControls.Default1, (uint)VmxCapabilities.PinBased(model)),
            0x48E => Controls((uint)(ProcessorBasedControls.Default1 & ~VmxCapabilities.ProcessorBasedMayBeZero), (uint)VmxCapabilities.ProcessorBased(model)),
            0x48F => Controls((uint)(VmExitControls.Default1 & ~VmExitControls.SaveDebugControls), (uint)VmxCapabilities.Exit),
            0x490 => Controls((uint)(VmEntryControls.Default1 & ~VmEntryControls.LoadDebugControls), (uint)VmxCapabilities.Entry),
            0x491 when model.Has(CpuFeature.Vmfunc) => (ulong)VmxCapabilities.VmFunctions,
            0x492 when VmxCapabilities.Tertiary(model) != 0 => (ulong)VmxCapabilities.Tertiary(model),
            _ => ulong.MaxValue,
        };
        return value != ulong.MaxValue && model.Has(CpuFeature.Vmx);
    }

    /// <summary>Bits that must be 1 below, bits that may be 1 above.</summary>
    private static ulong Controls(uint mustBeOne, uint mayBeOne) => mustBeOne | (ulong)(mustBeOne | mayBeOne) << 32;
}
