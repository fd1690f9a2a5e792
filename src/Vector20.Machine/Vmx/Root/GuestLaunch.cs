using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>VMLAUNCH and VMRESUME in root operation.</summary>
[Manual("3C", "31.3", "VMLAUNCH/VMRESUME—Launch/Resume Virtual Machine")]
internal static class GuestLaunch
{
    /// <summary>
    /// Makes the checks whose failure is VMfail; what is left of the VM entry follows on the instruction boundary, before anything else. The
    /// instruction itself changes nothing but RFLAGS, so that what it leaves is what a failed check of guest state finds.
    /// </summary>
    [Manual("3C", "27.1", "Basic VM-Entry Checks")]
    public static Outcome Execute(Processor p, bool launch)
    {
        VmxState vmx = p.Vmx;
        if (vmx.CurrentPointer == VmxState.NoPointer || vmx.CurrentIsShadow) return VmxResult.FailInvalid(p);
        if (p.Shadow == InterruptShadow.MovSs) return VmxResult.FailValid(p, VmInstructionError.EntryEventsBlockedByMovSs);
        if (vmx.Vmcs.Launched == launch)
            return VmxResult.FailValid(p, launch ? VmInstructionError.VmlaunchNonClearVmcs : VmInstructionError.VmresumeNonLaunchedVmcs);
        vmx.LoadControls();
        if (EntryChecks.OfControls(p, vmx.Vmcs) is { } failure)
        {
            vmx.FailedRule = failure.Rule;
            VmxSteps.EntryFailed(p, failure);
            return VmxResult.FailValid(p, failure.Error);
        }

        vmx.InHost = true;
        p.RequestAttention();
        return Outcome.Leave;
    }
}
