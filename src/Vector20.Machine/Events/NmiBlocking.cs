using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Events;

/// <summary>Blocking of NMIs from the delivery of one to the next IRET.</summary>
[Manual("3A", "6.7.1", "Handling Multiple NMIs")]
internal static class NmiBlocking
{
    /// <summary>
    /// What IRET does to it: under 'NMI exiting' nothing, unless virtual NMIs are on, which it then unblocks.
    /// </summary>
    [Manual("3C", "26.3", "Changes to Instruction Behavior in VMX Non-Root Operation")]
    public static void Unblock(Processor p)
    {
        if (p.Vmx.Has(PinBasedControls.VirtualNmis))
        {
            p.IretUnblockedNmis = p.Vmx.VirtualNmisBlocked;
            p.Vmx.VirtualNmisBlocked = false;
        }
        else if (!p.Vmx.Has(PinBasedControls.NmiExiting))
        {
            p.IretUnblockedNmis = p.NmisBlocked;
            p.NmisBlocked = false;
        }

        if (p.NmiPending || p.Vmx.Has(ProcessorBasedControls.NmiWindowExiting)) p.RequestAttention();
    }
}
