using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>A problem in the course of a VM exit, after which neither guest nor host can go on.</summary>
[Manual("3C", "28.7", "VMX Aborts")]
internal static class VmxAbort
{
    /// <summary>
    /// Writes the indicator to the region of the current VMCS and shuts the processor down, for good: no NMI and no INIT wakes it. A host in C# has
    /// no region; there the run ends with a line. Always false.
    /// </summary>
    public static bool Enter(Processor p, VmxAbortIndicator indicator)
    {
        if (p.Ended) return false;
        if (!p.Vmx.On)
        {
            p.Unsupported($"a VMX abort under a hypervisor in C#: {indicator}");
            p.StopReason = StopReason.None;
            p.Ended = true;
            return false;
        }

        VmcsRegion.WriteAbort(p.Computer.Memory, p.Vmx.CurrentPointer, (uint)indicator);
        p.Activity = ActivityState.Shutdown;
        p.NmisBlocked = true;
        return false;
    }
}

/// <summary>The VMX-abort indicator: what went wrong.</summary>
[Manual("3C", "28.7", "VMX Aborts")]
internal enum VmxAbortIndicator : uint
{
    /// <summary>A guest's MSR could not be saved.</summary>
    SavingGuestMsrs = 1,

    /// <summary>A PDPTE of the host is invalid.</summary>
    HostPdptes = 2,

    /// <summary>A host's MSR could not be loaded.</summary>
    LoadingHostMsrs = 4,

    /// <summary>The processor was in IA-32e mode, and "host address-space size" is 0.</summary>
    Ia32eModeWithoutHostAddressSpace = 6,
}
