using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>VM exits: guest state to the VMCS, then the host.</summary>
[Manual("3C", "28", "VM Exits")]
internal static class VmExits
{
    /// <summary>Performs the exit recorded in the processor.</summary>
    public static void Perform(Processor p) => p.Ended = true;
}
