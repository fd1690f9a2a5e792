using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Exits;

/// <summary>Instructions that need little: those of features that the guest does not have, and those with nothing to do.</summary>
internal static class MinorExits
{
    private const ulong NotPermitted = unchecked((ulong)-1), NoSuchCall = unchecked((ulong)-1000);

    /// <summary>Handles one of them. False: it is none.</summary>
    public static bool Handle(Vcpu v, ExitReason reason)
    {
        switch (reason)
        {
            case ExitReason.Invd or ExitReason.WbinvdOrWbnoinvd or ExitReason.Mwait or ExitReason.Monitor or ExitReason.Pause or ExitReason.Invlpg:
                GuestInstruction.Complete(v);
                return true;
            case ExitReason.Vmcall:
                Hypercall(v);
                return true;
            case ExitReason.Rdpmc or ExitReason.Umwait or ExitReason.Tpause:
                GuestInstruction.GeneralProtection(v);
                return true;
            case ExitReason.Vmclear or ExitReason.Vmlaunch or ExitReason.Vmptrld or ExitReason.Vmptrst or ExitReason.Vmread or ExitReason.Vmresume
                or ExitReason.Vmwrite or ExitReason.Vmxoff or ExitReason.Vmxon or ExitReason.Invept or ExitReason.Invvpid or ExitReason.Vmfunc
                or ExitReason.Getsec or ExitReason.Rsm or ExitReason.Encls or ExitReason.Enclv:
                GuestInstruction.InvalidOpcode(v);
                return true;
            default:
                return false;
        }
    }

    /// <summary>There are no paravirtual calls: every number is refused, as KVM refuses an unknown one.</summary>
    private static void Hypercall(Vcpu v)
    {
        GuestInstruction.Write(v, 0, GuestInstruction.Cpl(v) == 0 ? NoSuchCall : NotPermitted);
        GuestInstruction.Complete(v);
    }
}
