using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Msrs;

/// <summary>The time-stamp counter as RDTSC, RDTSCP and RDMSR read it: with the VMCS's multiplier and offset in non-root operation.</summary>
[Manual("3C", "26.3", "Changes to Instruction Behavior in VMX Non-Root Operation")]
internal static class GuestTimeStamp
{
    /// <summary>Reads it.</summary>
    public static ulong Read(Processor p)
    {
        ulong counter = p.TimeStampCounter;
        if (!p.Vmx.Has(ProcessorBasedControls.UseTscOffsetting)) return counter;
        if (p.Vmx.Has(SecondaryControls.UseTscScaling)) counter = (ulong)(((UInt128)counter * p.Vmx.Vmcs[VmcsField.TscMultiplier]) >> 48);
        return counter + p.Vmx.Vmcs[VmcsField.TscOffset];
    }
}
