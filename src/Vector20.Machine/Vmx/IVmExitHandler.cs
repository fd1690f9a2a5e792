using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>A hypervisor written in C#: it gets VM exits instead of the host RIP in the VMCS.</summary>
public interface IVmExitHandler
{
    /// <summary>
    /// Handles a VM exit. Guest state and exit information are in the VMCS; the general registers but RSP, CR2, DR0-DR3 and
    /// DR6 are still in the processor. When it returns, the processor enters the guest again, unless the handler
    /// set <see cref="VmxState.Stay"/> or ended the run.
    /// </summary>
    void OnVmExit(Processor processor);

    /// <summary>Handles a VM entry that failed with VMfail: a control or host-state field is wrong. The VMCS's VM-instruction error says which kind.</summary>
    void OnVmFail(Processor processor, string rule);
}
