using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Msrs;

namespace Vector20.Machine.Vmx;

/// <summary>VMXON and VMXOFF: a host in machine code enters and leaves VMX operation. There is no SMX, and no A20M# pin.</summary>
internal static class VmxOperation
{
    private const ulong PageOffset = 0xFFF;

    /// <summary>VMXON outside VMX operation: CR0, CR4 and IA32_FEATURE_CONTROL must allow it, then the region must be one.</summary>
    [Manual("3C", "31.3", "VMXON—Enter VMX Operation")]
    [Manual("3C", "24.7", "Enabling and Entering VMX Operation")]
    public static Outcome Enter(Processor p, in Operation op)
    {
        const ulong Allowed = FeatureControl.Lock | FeatureControl.VmxOutsideSmx;
        if (!FixedBits.SupportCr0(p.ControlRegister0, unrestricted: false) || !FixedBits.SupportCr4(p.ControlRegister4)
            || (p.Msrs[Msr.FeatureControl] & Allowed) != Allowed)
            return p.Fault(Events.ExceptionVector.GeneralProtection, 0);
        if (!p.Load(op, out ulong region)) return Outcome.Stop;
        if (!EntryChecks.IsPhysical(p, region, PageOffset)) return VmxResult.FailInvalid(p);
        if (VmcsRegion.Identifier(p.Computer.Memory, region) != (VmxCapabilities.RevisionIdentifier, false)) return VmxResult.FailInvalid(p);
        p.Vmx.On = true;
        p.Vmx.VmxonPointer = region;
        p.Vmx.CurrentPointer = VmxState.NoPointer;
        p.MonitorArmed = false;
        return VmxResult.Succeed(p);
    }

    /// <summary>VMXOFF. INIT signals, blocked until now, come through. The current VMCS is written to its region, which the manual leaves open.</summary>
    [Manual("3C", "31.3", "VMXOFF—Leave VMX Operation")]
    public static Outcome Leave(Processor p)
    {
        VmcsPointers.WriteBack(p);
        p.Vmx.On = false;
        p.Vmx.CurrentPointer = p.Vmx.VmxonPointer = VmxState.NoPointer;
        p.MonitorArmed = false;
        p.RequestAttention();
        VmxResult.Succeed(p);
        return Outcome.Leave;
    }
}
