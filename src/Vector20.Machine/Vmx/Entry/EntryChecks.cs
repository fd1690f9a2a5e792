using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>
/// The checks of a VM entry, in order. Each rule is a comparison with the words that name it when it fails; a check answers the words of the
/// first rule that is broken, null if none is.
/// </summary>
[Manual("3C", "27.2", "Checks on VMX Controls and Host-State Area")]
[Manual("3C", "27.3", "Checking and Loading Guest State")]
internal static class EntryChecks
{
    /// <summary>Controls and host state: a failure is VMfail.</summary>
    public static EntryFailure? OfControls(Processor p, Vmcs vmcs)
    {
        string? rule = ExecutionControlChecks.Check(p, vmcs) ?? ExitControlChecks.Check(p, vmcs) ?? EntryControlChecks.Check(p, vmcs) ?? InjectionChecks.Check(p, vmcs);
        if (rule is not null) return new EntryFailure(VmInstructionError.EntryInvalidControlFields, rule);
        rule = p.Vmx.On ? HostStateChecks.Check(p, vmcs) : null;
        return rule is null ? null : new EntryFailure(VmInstructionError.EntryInvalidHostStateFields, rule);
    }

    /// <summary>Guest state: a failure is a VM exit with reason 33.</summary>
    /// <param name="p">The processor.</param>
    /// <param name="vmcs">The VMCS.</param>
    /// <param name="qualification">The exit qualification of the failure: see <see cref="EntryFailureQualification"/>.</param>
    public static string? OfGuestState(Processor p, Vmcs vmcs, out ulong qualification)
    {
        var failure = EntryFailureQualification.None;
        string? rule = GuestRegisterChecks.Check(p, vmcs) ?? GuestSegmentChecks.Check(p, vmcs)
            ?? GuestNonRegisterChecks.Check(p, vmcs, ref failure) ?? GuestPdpteChecks.Check(p, vmcs, ref failure);
        qualification = (ulong)failure;
        return rule;
    }

    /// <summary>Whether an address is aligned as a mask of low bits says and within the physical-address width.</summary>
    public static bool IsPhysical(Processor p, ulong address, ulong lowBits) => (address & lowBits) == 0 && address >> p.Model.PhysicalAddressBits == 0;

    /// <summary>Whether an address is canonical for the most linear-address bits that the processor supports.</summary>
    public static bool IsCanonical(Processor p, ulong address)
    {
        int unused = 64 - p.Model.LinearAddressBits;
        return (ulong)((long)(address << unused) >> unused) == address;
    }

    /// <summary>Whether an area of 16-byte MSR entries is where it may be. An empty one is anywhere.</summary>
    [Manual("3C", "27.2.1.2", "VM-Exit Control Fields")]
    public static bool IsMsrArea(Processor p, ulong address, ulong count) =>
        count == 0 || IsPhysical(p, address, 15) && IsPhysical(p, address + count * 16 - 1, 0);
}

/// <summary>What the exit qualification says of a VM entry that failed on guest state.</summary>
[Manual("3C", "27.8", "VM-Entry Failures During or After Loading Guest State")]
internal enum EntryFailureQualification : ulong
{
    /// <summary>No more than that it failed.</summary>
    None = 0,

    /// <summary>Loading the PDPTEs.</summary>
    Pdptes = 2,

    /// <summary>An NMI is injected while STI blocks.</summary>
    NmiInjection = 3,

    /// <summary>The VMCS link pointer.</summary>
    LinkPointer = 4,
}
