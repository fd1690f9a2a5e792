namespace Vector20.Hypervisor;

/// <summary>What a VM is.</summary>
public enum VmState
{
    /// <summary>It can run.</summary>
    Alive,

    /// <summary>The #VE check killed it: every later run is refused.</summary>
    Killed,

    /// <summary>A vCPU shut down by a triple fault.</summary>
    ShutDown,

    /// <summary>The hypervisor cannot go on: a VM entry failed, or the guest did what this version does not implement.</summary>
    Failed,
}

/// <summary>What came of running a VM.</summary>
/// <param name="State">The state afterwards.</param>
/// <param name="Refused">Whether it was not run at all.</param>
/// <param name="Why">The reason in a line, when it is not alive.</param>
public readonly record struct VmRun(VmState State, bool Refused, string? Why);

/// <summary>One thing that the hypervisor did, for paths.</summary>
/// <param name="Vcpu">For which vCPU.</param>
/// <param name="Action">What.</param>
/// <param name="Detail">Numbers and consequences.</param>
public readonly record struct HypervisorStep(int Vcpu, string Action, string Detail);
