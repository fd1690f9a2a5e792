using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Vmx;

/// <summary>VMCLEAR, VMPTRLD and VMPTRST in root operation. One VMCS is held in the processor, the current one; every other is in its region.</summary>
[Manual("3C", "25.1", "Overview")]
internal static class VmcsPointers
{
    private const ulong PageOffset = 0xFFF;

    /// <summary>VMCLEAR: the VMCS is in memory, and its launch state is clear. It need have no revision identifier yet.</summary>
    [Manual("3C", "31.3", "VMCLEAR—Clear Virtual-Machine Control Structure")]
    public static Outcome Clear(Processor p, in Operation op)
    {
        if (!p.Load(op, out ulong region)) return Outcome.Stop;
        if (!EntryChecks.IsPhysical(p, region, PageOffset)) return VmxResult.Fail(p, VmInstructionError.VmclearInvalidAddress);
        if (region == p.Vmx.VmxonPointer) return VmxResult.Fail(p, VmInstructionError.VmclearVmxonPointer);
        if (region == p.Vmx.CurrentPointer)
        {
            WriteBack(p);
            p.Vmx.CurrentPointer = VmxState.NoPointer;
        }

        VmcsRegion.Clear(p.Computer.Memory, region);
        return VmxResult.Succeed(p);
    }

    /// <summary>VMPTRLD: the VMCS becomes current. Bit 31 of its first bytes makes it a shadow VMCS, where the model has those.</summary>
    [Manual("3C", "31.3", "VMPTRLD—Load Pointer to Virtual-Machine Control Structure")]
    public static Outcome Load(Processor p, in Operation op)
    {
        VmxState vmx = p.Vmx;
        if (!p.Load(op, out ulong region)) return Outcome.Stop;
        if (!EntryChecks.IsPhysical(p, region, PageOffset)) return VmxResult.Fail(p, VmInstructionError.VmptrldInvalidAddress);
        if (region == vmx.VmxonPointer) return VmxResult.Fail(p, VmInstructionError.VmptrldVmxonPointer);
        (uint revision, bool shadow) = VmcsRegion.Identifier(p.Computer.Memory, region);
        bool allowed = !shadow || (VmxCapabilities.Secondary(p.Model) & SecondaryControls.VmcsShadowing) != 0;
        if (revision != VmxCapabilities.RevisionIdentifier || !allowed) return VmxResult.Fail(p, VmInstructionError.VmptrldIncorrectRevision);
        if (region != vmx.CurrentPointer)
        {
            WriteBack(p);
            VmcsRegion.Load(p.Computer.Memory, region, vmx.Vmcs);
            vmx.CurrentPointer = region;
        }

        vmx.CurrentIsShadow = shadow;
        return VmxResult.Succeed(p);
    }

    /// <summary>VMPTRST: all ones where there is no current VMCS.</summary>
    [Manual("3C", "31.3", "VMPTRST—Store Pointer to Virtual-Machine Control Structure")]
    public static Outcome Store(Processor p, in Operation op) =>
        p.Store(op, p.Vmx.CurrentPointer) ? VmxResult.Succeed(p) : Outcome.Stop;

    /// <summary>Writes the current VMCS, if there is one, to its region.</summary>
    public static void WriteBack(Processor p)
    {
        if (p.Vmx.CurrentPointer != VmxState.NoPointer) VmcsRegion.Store(p.Computer.Memory, p.Vmx.CurrentPointer, p.Vmx.Vmcs);
    }
}
