namespace Vector20.Machine.Vmx;

/// <summary>Why a VM entry fails with VMfail.</summary>
/// <param name="Error">The VM-instruction error.</param>
/// <param name="Rule">The rule that the VMCS breaks, in words.</param>
internal readonly record struct EntryFailure(VmInstructionError Error, string Rule);
