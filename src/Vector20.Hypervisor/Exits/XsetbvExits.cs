using Vector20.Machine;
using Vector20.Machine.Processors.Models;

namespace Vector20.Hypervisor.Exits;

/// <summary>XSETBV always exits: the guest may enable what its processor has.</summary>
[Manual("2D", "6.1", "XSETBV - Set Extended Control Register")]
internal static class XsetbvExits
{
    public static void Handle(Vcpu v)
    {
        ulong value = GuestInstruction.Pair(v);
        bool valid = GuestInstruction.Cpl(v) == 0 && (uint)v.Processor[1] == 0 && ExtendedState.MayEnable(v.Processor.Model, value);
        if (!valid)
        {
            GuestInstruction.GeneralProtection(v);
            return;
        }

        v.Processor.SetXcr0(value);
        GuestInstruction.Complete(v);
    }
}
